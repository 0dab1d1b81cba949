// Every line that is marked must be an error: the compiler complains about a mark without one.
import express from 'express';
import type { AuthEvent, Config, ProblemCode } from 'express-cognito-kit';
import { createCognitoRouter, findAuth, getAuth, problem, requireAuth } from 'express-cognito-kit';
import type {} from 'express-cognito-kit/augment';
import { startLocalUserPool } from 'express-cognito-kit/local';
import { createTestIssuer } from 'express-cognito-kit/testing';

const userPoolId = 'us-east-1_AbCdEfGhI';
const clientId = '1example23456789';
const app = express();

// Options that do not exist, and misspelled ones.
// @ts-expect-error
createCognitoRouter({ userPoolID: userPoolId, clientId });
// @ts-expect-error
requireAuth({ userPoolId, clientId, group: 'admin' });
// @ts-expect-error
requireAuth({ userPoolId, clientId, cache: { size: 100 } });
// @ts-expect-error
createCognitoRouter().requireAuth({ clientId });

// Options of the wrong type.
// @ts-expect-error
createCognitoRouter({ userPoolId: 7, clientId });
// @ts-expect-error
createCognitoRouter({ userPoolId, clientId: null });
// @ts-expect-error
createCognitoRouter({ signInWith: 'phone' });
// @ts-expect-error
createCognitoRouter({ routes: { signup: false } });
// @ts-expect-error
createCognitoRouter({ routes: { signUp: true } });
// @ts-expect-error
createCognitoRouter({ rateLimits: true });
// @ts-expect-error
createCognitoRouter({ rateLimits: { address: { login: { limit: 1, windowMs: 1 } } } });
// @ts-expect-error
createCognitoRouter({ rateLimits: { address: { signIn: { limit: 1 } } } });
// @ts-expect-error
createCognitoRouter({ hooks: { before: { signUp: () => 'no' } } });
// @ts-expect-error
createCognitoRouter({ logger: true });
// @ts-expect-error
createCognitoRouter({ timeouts: { call: '5s' } });
// @ts-expect-error
requireAuth({ userPoolId, clientId, tokenUse: 'refresh' });
// @ts-expect-error
requireAuth({ userPoolId, clientId, optional: 'yes' });
// @ts-expect-error
requireAuth({ userPoolId, clientId, customCheck: () => 'yes' });
// @ts-expect-error
requireAuth([{ userPoolId, clientId, groups: 'admin' }]);

// What a request carries may not be there, and is nobody's to change.
app.get('/me', requireAuth(), (req, res) => {
  // @ts-expect-error
  res.json(req.auth.sub);
  // @ts-expect-error
  res.json(findAuth(req).sub);
  // @ts-expect-error
  getAuth(req).sub = 'somebody else';
  // @ts-expect-error
  getAuth(req).groups.push('admin');
  // @ts-expect-error
  res.json(getAuth(req).email);
});

// Codes and events are closed unions.
// @ts-expect-error
problem('no_such_code');
// @ts-expect-error
export const code: ProblemCode = 'no_such_code';
// @ts-expect-error
export const isIt = (event: AuthEvent): boolean => event.type === 'sign_in.happened';
// @ts-expect-error
export const config: Config = { userPoolId, clientId: 7 };

// @ts-expect-error
void startLocalUserPool({ port: '4000' });
// @ts-expect-error
void createTestIssuer().accessToken();
