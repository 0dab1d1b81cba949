// A client that openapi-typescript and openapi-fetch make of the document, from the sign-up to a protected endpoint.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createCognitoRouter } from 'express-cognito-kit';
import { startLocalUserPool } from 'express-cognito-kit/local';
import createClient from 'openapi-fetch';
import type { components, paths } from './auth-api.js';

/** Compiles only if the parameters of each challenge have a type. */
export function hintOf(challenge: components['schemas']['Challenge']): string | undefined {
  switch (challenge.name) {
    case 'SMS_MFA':
      return challenge.parameters.delivery.destination;
    case 'SELECT_MFA_TYPE':
      return challenge.parameters.mfaTypes
        .map((type: 'SMS_MFA' | 'EMAIL_OTP' | 'SOFTWARE_TOKEN_MFA') => type)
        .join();
    case 'WEB_AUTHN':
      return challenge.parameters.publicKey.challenge;
    case 'SOFTWARE_TOKEN_MFA':
      // @ts-expect-error
      return challenge.parameters.delivery;
    default:
      return undefined;
  }
}

const email = 'ada@example.com';
const password = 'Correct-horse-7';
const pool = await startLocalUserPool({ quiet: true });
const auth = createCognitoRouter({ ...pool.config, logger: false });
const server = express().use('/auth', auth).listen(0, '127.0.0.1');
await once(server, 'listening');
const client = createClient<paths>({
  baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/auth`,
});

const signUp = await client.POST('/sign-up', { body: { email, password } });
assert.equal(signUp.data?.status, 'confirmation_required');
const { code: confirmationCode = '' } = await pool.inbox.waitFor({ to: email });
await client.POST('/confirm-sign-up', { body: { email, confirmationCode } });

const refused = await client.POST('/sign-in', { body: { email, password: 'Wrong-password-5' } });
// @ts-expect-error
const foreign: 'another_code' | undefined = refused.error?.code;
assert.equal(refused.error?.code, 'invalid_credentials', foreign);

const signIn = await client.POST('/sign-in', { body: { email, password } });
assert.ok(signIn.data && 'tokens' in signIn.data);
const { accessToken } = signIn.data.tokens;
const me = await client.GET('/me', { headers: { authorization: `Bearer ${accessToken}` } });
assert.equal(me.data?.attributes.email, email);
const anonymous = await client.GET('/me');
assert.equal(anonymous.error?.code, 'missing_token');

await Promise.all([auth.close({ server }), pool.close()]);
console.log('the journey is over');
