/**
 * Access rules: groups, scopes, a rule of your own, and a route with an optional token.
 * Reads COGNITO_USER_POOL_ID and COGNITO_CLIENT_ID; run it with node --import tsx examples/access-rules.ts
 */
import express from 'express';
import { createCognitoRouter, findAuth, getAuth } from 'express-cognito-kit';

const app = express();
const auth = createCognitoRouter();
app.use('/auth', auth);

// auth.requireAuth() is bound to the router's pool: one set of keys, one cache.
app.get('/invoices', auth.requireAuth({ groups: ['accounting', 'admin'] }), (req, res) => {
  res.json({ invoices: [], groups: getAuth(req).groups });
});

// Scopes come with tokens of managed login; the sign-in API issues aws.cognito.signin.user.admin alone.
app.get('/account', auth.requireAuth({ scopes: 'aws.cognito.signin.user.admin' }), (req, res) => {
  res.json({ scopes: getAuth(req).scopes });
});

// A user may see only their own notes.
app.get(
  '/users/:sub/notes',
  auth.requireAuth({ customCheck: ({ auth, req }) => req.params.sub === auth.sub }),
  (req, res) => {
    res.json({ notes: [], owner: getAuth(req).sub });
  },
);

// Open to guests; a token, if present, must be valid.
app.get('/welcome', auth.requireAuth({ optional: true }), (req, res) => {
  const visitor = findAuth(req);
  res.json({ greeting: visitor ? `Welcome back, ${visitor.username}.` : 'Welcome, guest.' });
});

const port = Number(process.env.PORT ?? 3000);
const server = app.listen(port, (error) => {
  if (error) throw error;
  console.log(`http://localhost:${port}/welcome`);
});

// Requests under way are finished first. A second signal ends the process at once.
const stop = async (): Promise<void> => {
  process.off('SIGTERM', stop).off('SIGINT', stop);
  await auth.close({ server });
  process.exit();
};
process.on('SIGTERM', stop).on('SIGINT', stop);
