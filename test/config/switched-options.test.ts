import { expect } from 'chai';
import { createCognitoRouter, requireAuth } from '../../src/index.ts';

const POOL = { userPoolId: 'us-east-1_AbCdEfGhI', clientId: '1example23456789' };

/** Options that users switch on or off as those of another library, and the words that say what to write. */
const SWITCHED: readonly (readonly [options: object, ...words: string[]])[] = [
  [{ cookies: true }, 'cookies is true', "write transport: 'cookie' to use cookies"],
  [{ cookies: true, transport: 'cookie' }, 'cookies is true', '{ name, sameSite, refreshMaxAge'],
  [{ cookies: false }, 'cookies is false', "write transport: 'bearer', the default"],
  [{ cookies: 'shop' }, 'cookies is "shop"', "transport: 'cookie'", "cookies: { name: 'shop' }"],
  [{ cookies: null }, 'cookies is null', "transport: 'cookie'"],
  [
    { cookies: { name: 'shop' } },
    "transport is 'bearer', which uses no cookies",
    "set transport to 'cookie'",
  ],
];

/** The same, for options of the router only. */
const OF_ROUTER: typeof SWITCHED = [
  [
    { managedLogin: true },
    'managedLogin is true',
    'write { redirectUri: "https://app.example.com/auth/callback" }',
  ],
  [{ passwordBlocklist: true }, 'passwordBlocklist is true', 'write { common: true }'],
  [{ routes: false }, 'routes is false', '{ signUp: false } switches an endpoint off'],
  [{ rateLimits: true }, 'rateLimits is true', 'leave it out for the defaults'],
  [{ revocation: true }, 'revocation is true', 'leave it out for a store in memory'],
  [{ logger: true }, 'logger is true', 'leave it out'],
];

describe('An option that a user switches on or off', () => {
  for (const [options, ...words] of [...SWITCHED, ...OF_ROUTER]) {
    it(`says what to write: ${JSON.stringify(options)}`, () => {
      for (const word of words) {
        expect(() => createCognitoRouter({ ...POOL, ...options })).to.throw(TypeError, word);
      }
    });
  }

  for (const [options, ...words] of SWITCHED) {
    it(`says what to write to requireAuth: ${JSON.stringify(options)}`, () => {
      for (const word of words) {
        expect(() => requireAuth({ ...POOL, ...options })).to.throw(TypeError, word);
      }
    });
  }
});
