import type { Response } from 'supertest';
import type { EndpointName } from '../../src/config/endpoint-names.ts';
import type { PoolSettings } from '../../src/local/model/settings.ts';
import { totpCode } from '../../src/local/users/totp.ts';
import { type Kit, OTHER_PASSWORD, PASSWORD } from './helpers.ts';
import { SAMPLE_REQUESTS, type SampleRequest } from './requests.ts';
import { riskySignIn, THREAT_PROTECTION } from './risky-sign-in.ts';
import { SoftwareAuthenticator } from './software-authenticator.ts';

/** One request and its response. */
export interface Stop {
  readonly title: string;
  readonly endpoint: EndpointName;
  readonly response: Response;
}

/** Values that must not leak. */
export interface Secrets {
  /** Passwords, codes and the client secret, which no response has. */
  readonly never: Set<string>;
  /** Tokens and sessions, which only the responses of certain endpoints have. */
  readonly handedOut: Set<string>;
}

export const TOTP_SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
export const TEMPORARY_PASSWORD = 'Temporary-pass-3';

/** Users that a tour requires. */
export const TOUR_USERS = [
  { username: 'grace@example.com', password: PASSWORD, totpSecret: TOTP_SECRET },
  { username: 'edith@example.com', password: PASSWORD, totpSecret: TOTP_SECRET },
  { username: 'new@example.com', password: TEMPORARY_PASSWORD, status: 'FORCE_CHANGE_PASSWORD' },
] as const;

/** Pool settings that a tour requires. */
export const TOUR_POOL: PoolSettings = {
  ...THREAT_PROTECTION,
  DeviceConfiguration: { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true },
  Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } },
  WebAuthnConfiguration: { RelyingPartyId: 'localhost' },
};

const WRONG_PASSWORD = 'Wrong-password-5';
const WEAK_PASSWORD = 'weakpassword';
const WRONG_CODE = '00000x';

/** Calls every endpoint, with success and with the failures that users cause. */
export async function takeTour(kit: Kit): Promise<{ stops: Stop[]; secrets: Secrets }> {
  const stops: Stop[] = [];
  const { clientSecret } = kit.pool.config;
  const passwords = [PASSWORD, OTHER_PASSWORD, WRONG_PASSWORD, WEAK_PASSWORD, TEMPORARY_PASSWORD];
  const never = new Set<string>([...passwords, WRONG_CODE, TOTP_SECRET]);
  if (clientSecret !== undefined) never.add(clientSecret);
  const handedOut = new Set<string>();
  const email = 'ada@example.com';

  const keep = (title: string, endpoint: EndpointName, response: Response): Response['body'] => {
    stops.push({ title, endpoint, response });
    const { tokens, challenge } = response.body;
    for (const secret of [tokens?.accessToken, tokens?.idToken, tokens?.refreshToken, challenge?.session]) {
      if (secret !== undefined) handedOut.add(secret);
    }
    return response.body;
  };
  const post = async (title: string, endpoint: EndpointName, body: object, accessToken?: string) =>
    keep(title, endpoint, await kit.post(pathOf(endpoint), body, accessToken));
  const codeOf = async (kind: 'sign_up' | 'forgot_password') => {
    const { code } = await kit.pool.inbox.waitFor({ to: email, kind });
    never.add(code);
    return code;
  };

  const signUp = { email, password: PASSWORD, attributes: { name: 'Ada' } };
  await post('a weak password', 'signUp', { ...signUp, password: WEAK_PASSWORD });
  await post('a new account', 'signUp', signUp);
  await post('an account that exists', 'signUp', signUp);
  await post('again', 'resendConfirmationCode', { email });
  await post('before the confirmation', 'signIn', { email, password: PASSWORD });
  await post('a wrong code', 'confirmSignUp', { email, confirmationCode: WRONG_CODE });
  const confirmationCode = await codeOf('sign_up');
  await post('the right code', 'confirmSignUp', { email, confirmationCode });
  await post('the right code twice', 'confirmSignUp', { email, confirmationCode });

  await post('a wrong password', 'signIn', { email, password: WRONG_PASSWORD });
  await post('nobody', 'signIn', { email: 'nobody@example.com', password: WRONG_PASSWORD });
  const { tokens } = await post('the right password', 'signIn', { email, password: PASSWORD });
  let { accessToken, refreshToken } = tokens;
  const { idToken } = tokens;

  keep('with a token', 'getMe', await kit.get('/me', accessToken));
  keep('without a token', 'getMe', await kit.get('/me'));
  keep('with an ID token', 'getMe', await kit.get('/me', idToken));
  keep('with a forged token', 'getMe', await kit.get('/me', `${accessToken.slice(0, -9)}AAAAAAAAA`));
  await tourTheProfile();

  const change = { oldPassword: PASSWORD, newPassword: OTHER_PASSWORD };
  await post('without a token', 'changePassword', change);
  await post('a wrong password', 'changePassword', { ...change, oldPassword: WRONG_PASSWORD }, accessToken);
  await post('a weak password', 'changePassword', { ...change, newPassword: WEAK_PASSWORD }, accessToken);
  const changed = await post('a new password', 'changePassword', change, accessToken);
  ({ accessToken, refreshToken } = changed.tokens);
  const { newDevice } = changed;

  await post('a wrong password', 'stepUp', { password: WRONG_PASSWORD }, accessToken);
  await post('the right password', 'stepUp', { password: OTHER_PASSWORD }, accessToken);

  const device = await tourTheDevices();
  await post('the token', 'refresh', { refreshToken, device: { deviceKey: device.deviceKey } });
  await post('no device', 'refresh', { refreshToken });
  await post('no refresh token', 'refresh', { refreshToken: accessToken });

  await post('an account', 'forgotPassword', { email });
  await post('nobody', 'forgotPassword', { email: 'nobody@example.com' });
  const reset = { email, newPassword: PASSWORD };
  await post('a wrong code', 'confirmForgotPassword', { ...reset, confirmationCode: WRONG_CODE });
  const code = await codeOf('forgot_password');
  await post('a weak password', 'confirmForgotPassword', {
    email,
    newPassword: WEAK_PASSWORD,
    confirmationCode: code,
  });
  await post('the right code', 'confirmForgotPassword', { ...reset, confirmationCode: code });

  const mfa = (await post('a second factor', 'signIn', { email: 'grace@example.com', password: PASSWORD }))
    .challenge;
  const answer = { name: mfa.name, session: mfa.session, username: mfa.username };
  await post('a wrong code', 'respondToChallenge', { ...answer, confirmationCode: '000000' });
  const totp = totpCode(TOTP_SECRET, kit.pool.clock.now());
  never.add(totp);
  await post('the right code', 'respondToChallenge', { ...answer, confirmationCode: totp });
  await post('the right code twice', 'respondToChallenge', { ...answer, confirmationCode: totp });
  const renew = (
    await post('a temporary password', 'signIn', { email: 'new@example.com', password: TEMPORARY_PASSWORD })
  ).challenge;
  const renewed = { name: renew.name, session: renew.session, username: renew.username };
  await post('a weak password', 'respondToChallenge', { ...renewed, newPassword: WEAK_PASSWORD });
  await post('a new password', 'respondToChallenge', { ...renewed, newPassword: OTHER_PASSWORD });

  const warning = await riskySignIn(kit.pool, email, PASSWORD);
  never.add(warning.code);
  const feedback = { username: warning.username, feedbackToken: warning.code, feedback: 'invalid' };
  const feedbackPath = `/auth-events/${warning.eventId}/feedback`;
  await post('an event that is not there', 'authEventFeedback', feedback);
  keep('the token of the message', 'authEventFeedback', await kit.post(feedbackPath, feedback));

  await post('this session', 'signOut', { refreshToken });
  await post('nothing to end', 'signOut', {});
  await post('without a token', 'signOut', { everywhere: true });
  await post('everywhere', 'signOut', { everywhere: true }, accessToken);
  keep('with a token that was revoked', 'getMe', await kit.get('/me', accessToken));

  keep('well', 'health', await kit.get('/health'));
  keep('there', 'openapi', await kit.get('/openapi.json'));
  return { stops, secrets: { never, handedOut } };

  async function tourTheDevices(): Promise<{ deviceKey: string }> {
    const go = async (
      title: string,
      endpoint: EndpointName,
      { key, body, as = accessToken }: { key?: string; body?: object; as?: string } = {},
    ) => {
      const { method, path } = sampleOf(endpoint);
      const own = key === undefined ? path : path.replace(/[^/]+$/, key);
      const request = kit.request[method](own).set('Authorization', `Bearer ${as}`);
      return keep(title, endpoint, await (body ? request.send(body) : request));
    };
    const body = { ...newDevice, deviceName: 'Tablet', remember: true };
    await go('of another sign-in', 'confirmDevice', {
      body: { ...body, deviceKey: 'us-east-1_0123-abcd' },
    });
    const { device: added } = await go('of this sign-in', 'confirmDevice', { body });
    handedOut.add(added.devicePassword);
    const key: string = added.deviceKey;
    await go('twice', 'confirmDevice', { body });
    await go('well', 'listDevices');
    await go('forged', 'listDevices', { as: 'forged' });
    await go('of the user', 'getDevice', { key });
    await go('of nobody', 'getDevice');
    await go('of the user', 'updateDevice', { key, body: { remembered: true } });
    await go('of nobody', 'updateDevice', { body: { remembered: true } });
    await post('on the device', 'signIn', { email, password: OTHER_PASSWORD, device: added });
    await tourTheProof();
    const { newDevice: other, tokens: others } = await post('elsewhere', 'signIn', {
      email,
      password: OTHER_PASSWORD,
    });
    await go('elsewhere', 'confirmDevice', { body: other, as: others.accessToken }).then(
      ({ device: unused }) => handedOut.add(unused.devicePassword),
    );
    await go('of the user', 'forgetDevice', { key: other.deviceKey });
    await go('of nobody', 'forgetDevice');
    return added;
  }

  /** Uses the device of a user with a second factor: valid, invalid, and in a separate step. */
  async function tourTheProof(): Promise<void> {
    const name = { email: 'edith@example.com', password: PASSWORD };
    const answerTo = async (title: string, body: object, members: object) => {
      const { challenge } = await post(title, 'signIn', body);
      const { name: posed, session, username } = challenge;
      return post(title, 'respondToChallenge', { name: posed, session, username, ...members });
    };
    const code = totpCode(TOTP_SECRET, kit.pool.clock.now());
    never.add(code);
    const { newDevice: own, tokens: first } = await answerTo('with a code', name, { confirmationCode: code });
    const body = { ...own, remember: true };
    const { device: proof } = keep(
      'with a second factor',
      'confirmDevice',
      await kit.post('/devices', body, first.accessToken),
    );
    handedOut.add(proof.devicePassword);
    await post('with the proof', 'signIn', { ...name, device: proof });
    const wrong = { ...proof, devicePassword: WRONG_PASSWORD };
    await post('with a wrong proof', 'signIn', { ...name, device: wrong });
    const named = { ...name, device: { deviceKey: proof.deviceKey } };
    await answerTo('with the proof later', named, { device: proof });
    await answerTo('with a wrong proof later', named, { device: wrong });
  }

  async function tourTheProfile(): Promise<void> {
    const username = 'mary@example.com';
    const { sub } = kit.pool.addUser({ username, password: PASSWORD });
    const { accessToken: token } = kit.pool.tokensFor(username);
    handedOut.add(token).add(kit.pool.tokensFor(username).accessToken);
    const go = async (title: string, endpoint: EndpointName, body?: object, as = token) => {
      const { method, path } = sampleOf(endpoint);
      const request = kit.request[method](path).set('Authorization', `Bearer ${as}`);
      return keep(title, endpoint, await (body ? request.send(body) : request));
    };
    await go('well', 'listAuthFactors');
    await go('forged', 'listAuthFactors', undefined, 'forged');
    await go('a name', 'updateMe', { attributes: { name: 'Mary', nickname: 'May' } });
    await go("another's address", 'updateMe', { attributes: { email } });
    await go('an address', 'updateMe', { attributes: { email: 'mary@elsewhere.example' } });
    await go('one that is there', 'deleteAttribute');
    await go('forged', 'deleteAttribute', undefined, 'forged');
    await go('again', 'sendAttributeCode');
    await go('forged', 'sendAttributeCode', undefined, 'forged');
    await go('a wrong code', 'verifyAttribute', { confirmationCode: WRONG_CODE });
    const { code } = await kit.pool.inbox.waitFor({ to: 'mary@elsewhere.example' });
    never.add(code);
    await go('the right code', 'verifyAttribute', { confirmationCode: code });
    const { secretCode } = await go('with a token', 'startTotp', { accountName: username });
    handedOut.add(secretCode);
    await go('without a token', 'startTotp', {}, 'forged');
    await go('a wrong code', 'verifyTotp', { confirmationCode: '000000' });
    await go('before the app is verified', 'setMfaPreference', { totp: { enabled: true } });
    const totp = totpCode(secretCode, kit.pool.clock.now());
    never.add(totp);
    await go('the right code', 'verifyTotp', { confirmationCode: totp });
    await go('well', 'setMfaPreference', { totp: { enabled: true, preferred: true } });
    const { sessions } = await go('well', 'listSessions');
    await go('forged', 'listSessions', undefined, 'forged');
    await go('that is not there', 'revokeSession');
    const [other] = sessions.filter((session: { current: boolean }) => !session.current);
    const revoke = kit.request.delete(`/auth/sessions/${other.id}`).set('Authorization', `Bearer ${token}`);
    keep('well', 'revokeSession', await revoke);
    await tourPasskeys();
    const late = kit.pool.tokensFor(sub, { accessClaims: { auth_time: 1 } }).accessToken;
    handedOut.add(late);
    await go('long after the sign-in', 'deleteMe', undefined, late);
    await go('soon after it', 'deleteMe');

    async function tourPasskeys(): Promise<void> {
      // Preloads the package, which takes longer than the timeout of a call.
      await import('@simplewebauthn/server');
      await go('forged', 'startPasskey', undefined, 'forged');
      const { publicKey } = await go('well', 'startPasskey');
      const authenticator = new SoftwareAuthenticator();
      const credential = authenticator.create(publicKey);
      await go('well', 'addPasskey', { credential });
      await go('twice', 'addPasskey', { credential });
      await go('well', 'listPasskeys');
      await go('forged', 'listPasskeys', undefined, 'forged');
      await go('that is not there', 'deletePasskey');
      const url = `/auth/passkeys/${authenticator.id}`;
      const response = await kit.request.delete(url).set('Authorization', `Bearer ${token}`);
      keep('well', 'deletePasskey', response);
    }
  }
}

/** Sends every sample request to a pool with each kind of fault. */
export async function takeTourOfFaults(kit: Kit, accessToken: string): Promise<Stop[]> {
  const stops: Stop[] = [];
  const kinds = [
    'throttle',
    'limitExceeded',
    'internalError',
    'html',
    'nonJson',
    'empty',
    'reset',
    'truncate',
    'hang',
    'drip',
  ];
  for (const kind of kinds) {
    const end = kit.pool.faults.inject({ kind: kind as 'throttle' });
    const all = SAMPLE_REQUESTS.map(async ({ title, endpoint, method, path, body }) => {
      const request = kit.request[method](path).set('Authorization', `Bearer ${accessToken}`);
      const response = await (body ? request.send(body) : request);
      stops.push({ title: `${title}: ${kind}`, endpoint: endpoint.name, response });
    });
    await Promise.all(all);
    end();
  }
  return stops;
}

function pathOf(endpoint: EndpointName): string {
  return sampleOf(endpoint).endpoint.path;
}

function sampleOf(endpoint: EndpointName): SampleRequest {
  const found = SAMPLE_REQUESTS.find((request) => request.endpoint.name === endpoint);
  if (!found) throw new Error(`There is no ${endpoint}.`);
  return found;
}
