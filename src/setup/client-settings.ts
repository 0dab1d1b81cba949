import { codeAddresses, signInAddresses } from './addresses.ts';
import type { SetupAnswers } from './answers.ts';
import { flowsOf, REFRESH_FLOW, rotatesTokens } from './auth-flows.ts';
import type { SettingOf } from './setting.ts';
import { tokenLifetime } from './token-lifetime.ts';

const CLIENT = 'App clients → Edit';
const MAX_TOKEN_SECONDS = 3600;
const TOKEN_MINUTES = 15;
const MIN_GRACE_SECONDS = 10;
const GRACE_SECONDS = 30;

/** Settings of CreateUserPoolClient, without managed login. */
export const CLIENT_SETTINGS: readonly SettingOf<'appClient'>[] = [
  {
    id: 'client-secret',
    resource: 'appClient',
    member: 'GenerateSecret',
    console: 'Create user pool → Application type',
    choose: '*Traditional web application*',
    why: 'With a secret, only your server can call Cognito for this app client.',
    severity: 'warning',
    lasting: true,
    value: ({ clientSecret }) => clientSecret === 'fixed',
    // The doctor's checks compare the secret itself with that of the configuration.
  },
  {
    id: 'client-auth-flow',
    resource: 'appClient',
    member: 'ExplicitAuthFlows',
    console: `${CLIENT} → Authentication flows`,
    choose:
      '`ALLOW_` and your [`authFlow`](reference/options.md#authflow); no ALLOW_REFRESH_TOKEN_AUTH with rotation',
    why: 'Without the flow, every sign-in answers 500; rotation excludes ALLOW_REFRESH_TOKEN_AUTH, which the kit does not need.',
    severity: 'error',
    value: ({ authFlow }) => [`ALLOW_${authFlow}`],
    rule: {
      find: (client, { authFlow }) =>
        flowsOf(client).includes(`ALLOW_${authFlow}`)
          ? undefined
          : `The app client does not allow ${authFlow}.`,
      fix: (_client, { authFlow }) => `Add ALLOW_${authFlow}, or choose another authFlow.`,
      set: (client, { authFlow }) => ({ ExplicitAuthFlows: [...flowsOf(client), `ALLOW_${authFlow}`] }),
    },
  },
  {
    id: 'client-user-existence-errors',
    resource: 'appClient',
    member: 'PreventUserExistenceErrors',
    console: CLIENT,
    choose: 'Prevent user existence errors: *on*',
    why: 'Otherwise attackers learn from Cognito, past the kit, which accounts exist.',
    severity: 'warning',
    value: () => 'ENABLED',
    rule: {
      find: ({ PreventUserExistenceErrors }) =>
        PreventUserExistenceErrors === 'ENABLED'
          ? undefined
          : '"Prevent user existence errors" is not enabled.',
      fix: () => 'Enable it.',
    },
  },
  {
    id: 'client-token-revocation',
    resource: 'appClient',
    member: 'EnableTokenRevocation',
    console: CLIENT,
    choose: 'Token revocation: *on*',
    why: 'Otherwise a sign-out cannot revoke the refresh token.',
    severity: 'error',
    value: () => true,
    rule: {
      find: ({ EnableTokenRevocation }) => (EnableTokenRevocation ? undefined : 'Token revocation is off.'),
      fix: () => 'Enable it.',
    },
  },
  {
    id: 'client-refresh-rotation',
    resource: 'appClient',
    member: 'RefreshTokenRotation.Feature',
    console: CLIENT,
    choose: 'Refresh token rotation: *on*',
    why: 'Rotation reveals the use of a stolen refresh token.',
    severity: 'warning',
    value: () => 'ENABLED',
    rule: {
      find: (client) => (rotatesTokens(client) ? undefined : 'Refresh token rotation is off.'),
      fix: () =>
        `Enable it with a grace period of ${GRACE_SECONDS} s, and remove ${REFRESH_FLOW}. It needs the plan Essentials.`,
      set: (client) => ({
        RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: GRACE_SECONDS },
        ExplicitAuthFlows: flowsOf(client).filter((flow) => flow !== REFRESH_FLOW),
      }),
    },
  },
  {
    id: 'client-rotation-grace',
    resource: 'appClient',
    member: 'RefreshTokenRotation.RetryGracePeriodSeconds',
    console: CLIENT,
    choose: `grace period ${MIN_GRACE_SECONDS} to 60 s`,
    why: 'Without it, two tabs or a lost response end the session.',
    severity: 'warning',
    value: () => GRACE_SECONDS,
    rule: {
      find(client) {
        const seconds = client.RefreshTokenRotation?.RetryGracePeriodSeconds ?? 0;
        return rotatesTokens(client) && seconds < MIN_GRACE_SECONDS
          ? `The grace period of refresh token rotation is ${seconds} s.`
          : undefined;
      },
      fix: () => `Set it to ${GRACE_SECONDS} s.`,
    },
  },
  {
    id: 'client-access-token-lifetime',
    resource: 'appClient',
    member: 'AccessTokenValidity',
    console: CLIENT,
    choose: 'Access token expiration: 5 to 15 minutes',
    why: 'A short lifetime limits how long a token stays valid elsewhere after a sign-out.',
    severity: 'warning',
    value: () => TOKEN_MINUTES,
    rule: {
      find(client) {
        const seconds = tokenLifetime(client, 'AccessToken');
        return seconds <= MAX_TOKEN_SECONDS
          ? undefined
          : `Access tokens are valid for ${Math.round(seconds / 60)} minutes.`;
      },
      fix: () => `Set ${TOKEN_MINUTES} minutes.`,
      set: ({ TokenValidityUnits }) => ({
        AccessTokenValidity: TOKEN_MINUTES,
        TokenValidityUnits: { ...TokenValidityUnits, AccessToken: 'minutes' },
      }),
    },
  },
  {
    id: 'client-id-token-lifetime',
    resource: 'appClient',
    member: 'IdTokenValidity',
    console: CLIENT,
    choose: 'ID token expiration: as the access token',
    why: 'The claims of a user are as old as the ID token.',
    severity: 'advice',
    value: () => TOKEN_MINUTES,
    rule: {
      find(client) {
        const seconds = tokenLifetime(client, 'IdToken');
        return seconds <= MAX_TOKEN_SECONDS
          ? undefined
          : `ID tokens are valid for ${Math.round(seconds / 60)} minutes.`;
      },
      fix: () => `Set ${TOKEN_MINUTES} minutes.`,
      set: ({ TokenValidityUnits }) => ({
        IdTokenValidity: TOKEN_MINUTES,
        TokenValidityUnits: { ...TokenValidityUnits, IdToken: 'minutes' },
      }),
    },
  },
  {
    id: 'client-refresh-token-lifetime',
    resource: 'appClient',
    member: 'RefreshTokenValidity',
    console: CLIENT,
    choose: 'Refresh token expiration: 30 days, or less',
    why: 'The session ends with the refresh token, because rotation does not extend it.',
    severity: 'advice',
    value: () => 30,
  },
  {
    id: 'client-token-units',
    resource: 'appClient',
    member: 'TokenValidityUnits',
    console: CLIENT,
    choose: 'the units of the expirations',
    why: 'Without units, Cognito counts access and ID tokens in hours.',
    severity: 'advice',
    value: () => ({ AccessToken: 'minutes', IdToken: 'minutes', RefreshToken: 'days' }),
  },
  {
    id: 'client-challenge-lifetime',
    resource: 'appClient',
    member: 'AuthSessionValidity',
    console: CLIENT,
    choose: 'Authentication flow session duration: 5 minutes',
    why: 'Users need time to open a mailbox or an authenticator app.',
    severity: 'advice',
    value: () => 5,
  },
  {
    id: 'client-write-attributes',
    resource: 'appClient',
    member: 'WriteAttributes',
    console: 'App clients → Attribute permissions',
    choose: 'write: the address that users sign in with, and `writableAttributes`',
    why: 'Cognito refuses an attribute that the app client cannot write, also from clients past the kit.',
    severity: 'error',
    value: (answers) => [
      ...new Set([...answers.writableAttributes, ...(answers.selfSignUp ? codeAddresses(answers) : [])]),
    ],
    rule: {
      find({ WriteAttributes: writable }, app) {
        const refused = refusedAttributes(writable, app);
        return refused.length === 0
          ? undefined
          : `The app client cannot write ${refused.join(', ')}, which the app sends.`;
      },
      fix: () => 'Add the attributes to its write permissions, or remove them from writableAttributes.',
      set: ({ WriteAttributes: writable = [] }, app) => ({
        WriteAttributes: [...writable, ...refusedAttributes(writable, app)],
      }),
    },
  },
];

/**
 * Returns the attributes that Cognito refuses. A sign-up sends the user's address as an attribute too. An app client that
 * names no attributes can write all of them.
 */
function refusedAttributes(writable: readonly string[] | undefined, answers: SetupAnswers): string[] {
  const sent = [...answers.writableAttributes, ...(answers.selfSignUp ? signInAddresses(answers) : [])];
  return writable?.length ? [...new Set(sent)].filter((name) => !writable.includes(name)) : [];
}
