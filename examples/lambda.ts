/**
 * An app as an AWS Lambda function behind API Gateway (HTTP API, payload format 2.0) or a function URL.
 * Each invocation is one request.
 * Needs COGNITO_USER_POOL_ID and COGNITO_CLIENT_ID.
 */
import express from 'express';
import { createCognitoRouter, getAuth } from 'express-cognito-kit';
import serverless from 'serverless-http';

const app = express();
// API Gateway appends the client's address to X-Forwarded-For. Write 2 with CloudFront in front of it.
app.set('trust proxy', 1);

const auth = createCognitoRouter({ transport: 'cookie', autoRefresh: true });
app.use('/auth', auth);
app.get('/reports', auth.requireAuth(), (req, res) => {
  res.json({ for: getAuth(req).username });
});

const run = serverless(app);

/** The function's handler. */
export const handler = async (event: object, context: object): Promise<object> => {
  const response = await run(event, context);
  // Lambda stops the process now, and with it what the router still does.
  await auth.idle();
  return response;
};
