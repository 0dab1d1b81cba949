import express from 'express';
import { type Auth, createCognitoRouter, getAuth, ProblemError, problem } from 'express-cognito-kit';
import 'express-cognito-kit/augment';
import { startLocalUserPool } from 'express-cognito-kit/local';
import { redisStores } from 'express-cognito-kit/redis';
import { requireAuth } from 'express-cognito-kit/require-auth';
import { createTestIssuer, startTestApp } from 'express-cognito-kit/testing';

/** To a compiler that resolves no declaration of the kit, every name is `any`, and no line here is an error. */
// @ts-expect-error an unknown option
createCognitoRouter({ userPool: 'x' });
// @ts-expect-error no such transport
createCognitoRouter({ transport: 'header' });
// @ts-expect-error no such endpoint
createCognitoRouter({ hooks: { before: { register: () => undefined } } });
createCognitoRouter({
  hooks: {
    before: {
      signUp: ({ body, req }) => {
        const text: string = req.path;
        // @ts-expect-error a body has unknown members
        const email: string = body.email;
        return { clientMetadata: { text, email } };
      },
    },
  },
});
// @ts-expect-error no such error code
new ProblemError(problem('no_such_code'));
// @ts-expect-error an unknown rule
requireAuth({ group: 1, userPoolId: 'x', clientId: 'y' });
// @ts-expect-error a missing command
redisStores({});
// @ts-expect-error an unknown option
startLocalUserPool({ ports: 1 });
// @ts-expect-error a number is no pool ID
createTestIssuer({ userPoolId: 1 });
// @ts-expect-error an app is missing
startTestApp({});
startTestApp({ createApp: (config) => express().use(createCognitoRouter(config)) }).then((test) =>
  test.close(),
);

const auth = createCognitoRouter({ userPoolId: 'us-east-1_AbCdEfGhI', clientId: 'x' });
express()
  .use('/auth', auth)
  .get('/reports', auth.requireAuth({ groups: 'admin' }), (req, res) => {
    const found: Auth | undefined = req.auth;
    const sub: string = getAuth(req).sub;
    // @ts-expect-error a sub is text
    const wrong: number = getAuth(req).sub;
    res.json({ found, sub, wrong });
  });
