/**
 * Your own rules around the endpoints, and an audit trail.
 * Reads COGNITO_USER_POOL_ID and COGNITO_CLIENT_ID; run it with node --import tsx examples/hooks.ts
 */
import express from 'express';
import { createCognitoRouter, ProblemError, problem } from 'express-cognito-kit';

const app = express();

const auth = createCognitoRouter({
  hooks: {
    before: {
      // Only colleagues may sign up. The input is valid by now, and Cognito has not been asked yet.
      signUp({ body }) {
        if (String(body.email).endsWith('@example.com')) return;
        throw new ProblemError(problem('forbidden', { detail: 'Sign up with your example.com address.' }));
      },
    },
    response: {
      // What Cognito does not know, such as the plan that the user pays for, joins the answer.
      getMe: ({ response }) => ({ ...response, plan: 'free' }),
    },
  },
  // Each event is one line of the audit trail. None of them holds a password, code or token.
  onEvent({ type, endpoint, code, sub }) {
    console.log(JSON.stringify({ audit: type, endpoint, code, sub }));
  },
  logger: false,
});
app.use('/auth', auth);

const port = Number(process.env.PORT ?? 3000);
const server = app.listen(port, (error) => {
  if (error) throw error;
  console.log(`http://localhost:${port}/auth/health`);
});

// Requests under way are finished first. A second signal ends the process at once.
const stop = async (): Promise<void> => {
  process.off('SIGTERM', stop).off('SIGINT', stop);
  await auth.close({ server });
  process.exit();
};
process.on('SIGTERM', stop).on('SIGINT', stop);
