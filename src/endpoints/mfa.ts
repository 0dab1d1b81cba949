import { ProblemError, problem } from '../shared/problem.ts';
import type { CommandEndpoint, HandlerContext } from './endpoint.ts';
import { authenticatorCode, displayName, session, unlessInCookies } from './fields.ts';
import { userOf } from './hook-user.ts';
import { joi } from './joi.ts';
import { IncompleteAnswer } from './sign-in-types.ts';
import { TOKEN_ERRORS } from './token-errors.ts';

/** A signed-in user has a token. A user at the challenge MFA_SETUP has its session. */
interface SessionBody {
  readonly session?: string;
}

/** Cognito accepts either a session or a token. */
function proofOf(body: SessionBody, call: HandlerContext): { Session: string } | { AccessToken: string } {
  return body.session === undefined ? { AccessToken: call.accessToken() } : { Session: body.session };
}

interface StartTotpBody extends SessionBody {
  readonly accountName?: string;
}

export const startTotp: CommandEndpoint<StartTotpBody, 'AssociateSoftwareToken'> = {
  name: 'startTotp',
  method: 'post',
  path: '/mfa/totp',
  summary: 'Get a secret for an authenticator app, with a token or with the session of MFA_SETUP.',
  description:
    'Show the secret as text or as a QR code. The app is set up once one of its codes is verified.',
  tag: 'mfa',
  auth: 'optional',
  cookies: { session: 'mfa-setup' },
  sensitive: { words: 'a request without a session', includes: ({ session: given }) => given === undefined },
  rateLimit: 'write',
  body: (settings) =>
    joi.object({
      ...unlessInCookies(settings, { session: session() }),
      accountName: displayName().description(
        'The account name in the app. Default: the user name of the token.',
      ),
    }),
  command: 'AssociateSoftwareToken',
  toInput: proofOf,
  toResponse: ({ SecretCode, Session }, call, { accountName, session: given }) => {
    if (!SecretCode) throw new IncompleteAnswer('Cognito answered without a secret.');
    const account = accountName ?? (given === undefined ? call.auth?.username : undefined);
    return {
      secretCode: SecretCode,
      otpauthUri: otpauthUri(call.settings.totpIssuer ?? call.host, account, SecretCode),
      ...(Session && { session: Session }),
    };
  },
  errors: [...TOKEN_ERRORS, 'invalid_session', 'conflict'],
  response: { $ref: '#/components/schemas/TotpSecret' },
  example: {
    request: { accountName: 'ada@example.com', session: 'AYABeExampleSessionOfTheChallenge' },
    response: {
      secretCode: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
      otpauthUri:
        'otpauth://totp/example.com:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=example.com',
      session: 'AYABeExampleSessionThatTakesItsPlace',
    },
  },
};

/**
 * Returns the URI for a QR code. Colons are replaced, because a colon separates issuer and account.
 *
 * @see https://github.com/google/google-authenticator/wiki/Key-Uri-Format
 */
function otpauthUri(issuer: string, account: string | undefined, secret: string): string {
  const quoted = (text: string): string => encodeURIComponent(text.replaceAll(':', ' '));
  const label = account === undefined ? quoted(issuer) : `${quoted(issuer)}:${quoted(account)}`;
  return `otpauth://totp/${label}?secret=${quoted(secret)}&issuer=${quoted(issuer)}`;
}

interface VerifyTotpBody extends SessionBody {
  readonly confirmationCode: string;
  readonly deviceName?: string;
}

export const verifyTotp: CommandEndpoint<VerifyTotpBody, 'VerifySoftwareToken'> = {
  name: 'verifyTotp',
  method: 'post',
  path: '/mfa/totp/verify',
  summary: 'Verify an authenticator app with one of its codes. This does not enable MFA.',
  description:
    'Takes a code of the app that has the secret. With a session, the response has the session for the challenge MFA_SETUP.',
  tag: 'mfa',
  auth: 'optional',
  cookies: { session: 'mfa-setup' },
  rateLimit: 'signIn',
  body: (settings) =>
    joi.object({
      confirmationCode: authenticatorCode().required(),
      deviceName: displayName().description("The user's name for the device with the app."),
      ...unlessInCookies(settings, { session: session() }),
    }),
  attempt: (body) => body.session,
  command: 'VerifySoftwareToken',
  toInput: (body, call) => ({
    ...proofOf(body, call),
    UserCode: body.confirmationCode,
    FriendlyDeviceName: body.deviceName,
  }),
  toResponse: ({ Status, Session }, call, { session: given }) => {
    // Cognito may report a wrong code without an exception.
    if (Status === 'ERROR') throw new ProblemError(problem('code_mismatch'));
    if (Status !== 'SUCCESS') throw new IncompleteAnswer('Cognito did not say whether the code was right.');
    // At the challenge MFA_SETUP, the answer to it sets the app up.
    if (given === undefined) call.happened('onFactorsChanged', userOf(call));
    return { status: 'verified', ...(Session && { session: Session }) };
  },
  errors: [...TOKEN_ERRORS, 'invalid_session', 'code_mismatch', 'conflict'],
  response: { $ref: '#/components/schemas/TotpVerified' },
  example: {
    request: {
      confirmationCode: '123456',
      deviceName: 'Phone',
      session: 'AYABeExampleSessionThatTakesItsPlace',
    },
    response: { status: 'verified', session: 'AYABeExampleSessionForTheChallenge' },
  },
};

interface Preference {
  readonly enabled: boolean;
  readonly preferred?: boolean;
}

interface MfaPreferenceBody {
  readonly totp?: Preference;
  readonly sms?: Preference;
  readonly email?: Preference;
  readonly passkey?: { readonly enabled: boolean };
}

export const setMfaPreference: CommandEndpoint<MfaPreferenceBody, 'SetUserMFAPreference'> = {
  name: 'setMfaPreference',
  method: 'put',
  path: '/mfa/preference',
  summary: 'Enable or disable second factors of the signed-in user. One of them can be preferred.',
  description: 'Omitted factors do not change. A factor must be set up before it can be enabled.',
  tag: 'mfa',
  auth: 'access',
  // Enabling a factor needs none: a user may take longer to set up an authenticator app.
  sensitive: {
    words: 'a request that disables a factor',
    includes: (body) => Object.values(body).some(({ enabled }: Preference) => !enabled),
  },
  rateLimit: 'write',
  body: () => {
    const enabled = joi.boolean().strict().required();
    const preference = joi.object({
      enabled,
      preferred: joi.boolean().strict(),
    });
    return joi
      .object({
        totp: preference,
        sms: preference,
        email: preference,
        passkey: joi.object({ enabled }).description('Whether passkeys count as two factors.'),
      })
      .or('totp', 'sms', 'email', 'passkey');
  },
  command: 'SetUserMFAPreference',
  toInput: ({ totp, sms, email, passkey }, call) => ({
    AccessToken: call.accessToken(),
    SoftwareTokenMfaSettings: mfaSettings(totp),
    SMSMfaSettings: mfaSettings(sms),
    EmailMfaSettings: mfaSettings(email),
    WebAuthnMfaSettings: passkey && { Enabled: passkey.enabled },
  }),
  toResponse: (_output, call) => {
    call.happened('onFactorsChanged', userOf(call));
    return { status: 'updated' };
  },
  errors: [...TOKEN_ERRORS, 'conflict'],
  response: { $ref: '#/components/schemas/Status' },
  example: { request: { totp: { enabled: true, preferred: true } }, response: { status: 'updated' } },
};

function mfaSettings(
  wanted: Preference | undefined,
): { Enabled: boolean; PreferredMfa: boolean } | undefined {
  return wanted && { Enabled: wanted.enabled, PreferredMfa: wanted.preferred ?? false };
}
