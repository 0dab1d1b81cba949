import { expect } from 'chai';
import { pino } from 'pino';
import type { Response } from 'supertest';
import type { EndpointName } from '../../src/config/endpoint-names.ts';
import type { AuthEvent } from '../../src/config/events.ts';
import type { AuthFlow } from '../../src/config/options.ts';
import { ENDPOINTS } from '../../src/endpoints/table.ts';
import type { LocalUserPool, LocalUserPoolOptions } from '../../src/local/local-user-pool.ts';
import { customTriggers } from '../support/custom-triggers.ts';
import { eventually } from '../support/eventually.ts';
import {
  answerWith,
  type FakeAnswer,
  type FakeApp,
  type FakeCognito,
  fail,
  startFakeCognito,
  succeed,
} from '../support/fake-cognito.ts';
import {
  expectProblem,
  expectStatus,
  type Kit,
  OTHER_PASSWORD,
  PASSWORD,
  startKit,
} from '../support/helpers.ts';
import { sdkFor } from '../support/local-sdk.ts';

const STATES = ['missing', 'confirmed', 'unconfirmed', 'disabled', 'reset', 'invited', 'unverified'] as const;
type State = (typeof STATES)[number];

/** Returns the response without the values that always differ: time, request ID, rate-limit counts and the sealed session. */
function fingerprint(response: Response): string {
  const { rawHeaders } = (response as unknown as { res: { rawHeaders: string[] } }).res;
  const headers: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i] === 'Date') continue;
    headers.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]?.replace(/\b([rt])=\d+/g, '$1=')}`);
  }
  const body = response.text
    .replace(/"requestId":"[\w-]{36}"/, '"requestId":""')
    // The session of a sign-up is sealed: only its length can tell something.
    .replace(/"session":"([\w-]+)"/, (_all, session: string) => `"session":${session.length}`);
  return [response.status, ...headers, body].join('\n');
}

async function addAccount(pool: LocalUserPool, state: State, username: string): Promise<void> {
  if (state === 'missing') return;
  const { userPoolId: UserPoolId } = pool.config;
  pool.addUser({
    username,
    password: PASSWORD,
    ...(state === 'unconfirmed' && { status: 'UNCONFIRMED' }),
    ...(state === 'invited' && { status: 'FORCE_CHANGE_PASSWORD' }),
    ...(state === 'unverified' && { attributes: { email_verified: 'false' } }),
  });
  const sdk = sdkFor(pool.url);
  if (state === 'disabled') await sdk.adminDisableUser({ UserPoolId, Username: username });
  if (state === 'reset') await sdk.adminResetUserPassword({ UserPoolId, Username: username });
}

/** Limits that a test reaches soon. */
const LOW_LIMITS = { forgotPassword: 3, resendConfirmationCode: 3, confirmSignUp: 3 };

/** Requests that need no more than the address of an account. */
const ADDRESS_REQUESTS: Readonly<Record<string, readonly [path: string, body: object]>> = {
  'a sign-up': ['/sign-up', { password: PASSWORD }],
  'a sign-up with a weak password': ['/sign-up', { password: 'weak' }],
  'a sign-up with an attribute that the pool refuses': [
    '/sign-up',
    { password: PASSWORD, phoneNumber: '+15551234567', attributes: { name: 'x'.repeat(2048) } },
  ],
  'a wrong confirmation code': ['/confirm-sign-up', { confirmationCode: 'guess' }],
  'a request for a confirmation code': ['/resend-confirmation-code', {}],
  'a wrong password': ['/sign-in', { password: OTHER_PASSWORD }],
  'a password that no policy allows': ['/sign-in', { password: 'x' }],
  'a request for a reset code': ['/forgot-password', {}],
  'a wrong reset code': [
    '/confirm-forgot-password',
    { confirmationCode: 'guess', newPassword: OTHER_PASSWORD },
  ],
  'a wrong reset code with a weak password': [
    '/confirm-forgot-password',
    { confirmationCode: 'guess', newPassword: 'weak' },
  ],
};

/** Returns options of a pool that allows the flow. With USER_AUTH, it allows e-mail codes as well. */
function poolFor(authFlow: AuthFlow): LocalUserPoolOptions {
  if (authFlow === 'CUSTOM_AUTH') {
    return { appClient: { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH'] }, triggers: customTriggers().triggers };
  }
  if (authFlow !== 'USER_AUTH') return {};
  return {
    pool: { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } } },
    appClient: { ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] },
  };
}

const POOLS = [
  ['ENABLED', 'USER_PASSWORD_AUTH'],
  ['LEGACY', 'USER_PASSWORD_AUTH'],
  ['ENABLED', 'USER_SRP_AUTH'],
  ['LEGACY', 'USER_SRP_AUTH'],
  ['ENABLED', 'USER_AUTH'],
  ['LEGACY', 'USER_AUTH'],
  ['ENABLED', 'CUSTOM_AUTH'],
  ['LEGACY', 'CUSTOM_AUTH'],
] as const;

function startUnlimited([PreventUserExistenceErrors, authFlow]: (typeof POOLS)[number]): Promise<Kit> {
  const unlimited = { limit: 1_000_000, windowMs: 60_000 };
  const limits = { signIn: unlimited, code: unlimited, write: unlimited, read: unlimited };
  return startKit({
    pool: {
      ...poolFor(authFlow),
      appClient: { ...poolFor(authFlow).appClient, PreventUserExistenceErrors },
      limits: LOW_LIMITS,
    },
    config: { authFlow, rateLimits: { address: limits, account: limits } },
  });
}

describe('The answer to a wrong password', () => {
  it('is the same with every auth flow and either value of PreventUserExistenceErrors', async () => {
    const answers: Record<string, string> = {};
    for (const pool of POOLS) {
      const kit = await startUnlimited(pool);
      for (const state of ['missing', 'confirmed'] as const) {
        const email = `${state}@example.com`;
        await addAccount(kit.pool, state, email);
        const response = await kit.post('/sign-in', { email, password: OTHER_PASSWORD });
        expectProblem(response, 'invalid_credentials');
        // The partition key of the rate limit depends on the client's address.
        answers[`${state} ${pool.join(' ')}`] = fingerprint(response).replace(/pk=:[^:]*:/, '');
      }
      await kit.close();
    }
    expect(Object.keys(answers)).to.have.lengthOf(2 * POOLS.length);
    const [first] = Object.values(answers);
    for (const [name, answer] of Object.entries(answers)) expect(answer, name).to.equal(first);
  });
});

for (const pool of POOLS) {
  const [PreventUserExistenceErrors, authFlow] = pool;
  describe(`Enumeration protection with PreventUserExistenceErrors ${PreventUserExistenceErrors} and ${authFlow}`, () => {
    let kit: Kit;
    let count = 0;

    before(async () => {
      kit = await startUnlimited(pool);
    });
    after(() => kit.close());

    for (const [request, [path, body]] of Object.entries(ADDRESS_REQUESTS)) {
      it(`answers ${request} alike for every account, byte for byte`, async () => {
        const answers: Record<string, string> = {};
        for (const state of STATES) {
          const email = `user-${++count}@example.com`;
          await addAccount(kit.pool, state, email);
          answers[state] = fingerprint(await kit.post(path, { email, ...body }));
        }
        for (const state of STATES) expect(answers[state], state).to.equal(answers.missing);
      });
    }

    it('answers the right password of an account that cannot sign in like that of a missing one', async () => {
      const answers: string[] = [];
      for (const state of ['missing', 'unconfirmed', 'disabled', 'reset'] as const) {
        const email = `user-${++count}@example.com`;
        await addAccount(kit.pool, state, email);
        answers.push(fingerprint(await kit.post('/sign-in', { email, password: PASSWORD })));
      }
      expect(new Set(answers).size).to.equal(1);
    });

    it('answers an unknown challenge session alike for every account', async () => {
      const answers: string[] = [];
      for (const state of STATES) {
        const username = `user-${++count}@example.com`;
        await addAccount(kit.pool, state, username);
        const session = 'x'.repeat(40);
        const answer = { name: 'SOFTWARE_TOKEN_MFA', session: `${session}${count}`, username };
        answers.push(fingerprint(await kit.post('/challenge', { ...answer, confirmationCode: '123456' })));
      }
      expect(new Set(answers).size).to.equal(1);
      expect(answers[0]).to.include('invalid_session');
    });

    it('answers repeated requests alike for every account, even if Cognito limits one of them', async () => {
      const repeated = Object.entries(ADDRESS_REQUESTS).filter(
        ([request]) => !request.startsWith('a sign-up '),
      );
      for (const [request, [path, body]] of repeated) {
        const series: Record<string, string[]> = {};
        for (const state of ['missing', 'confirmed', 'unconfirmed'] as const) {
          const email = `repeated-${++count}@example.com`;
          await addAccount(kit.pool, state, email);
          series[state] = [];
          for (let i = 0; i < 7; i++) {
            series[state]?.push(fingerprint(await kit.post(path, { email, ...body })));
          }
        }
        expect(series.confirmed, request).to.deep.equal(series.missing);
        expect(series.unconfirmed, request).to.deep.equal(series.missing);
      }
      expect(kit.pool.requests.list().some(({ error }) => error === 'LimitExceededException')).to.equal(true);
    });

    it('reaches the rate limits of the kit at the same request for every account', async () => {
      for (const path of ['/forgot-password', '/resend-confirmation-code', '/sign-in'] as const) {
        const series: string[][] = [];
        for (const state of ['missing', 'confirmed', 'unconfirmed'] as const) {
          const email = `limited-${++count}@example.com`;
          await addAccount(kit.pool, state, email);
          // The accounts must not share the rate limit of the address.
          const own = await startKit({ pool: kit.pool, config: { authFlow, rateLimits: {} } });
          const body = path === '/sign-in' ? { email, password: OTHER_PASSWORD } : { email };
          const answers: string[] = [];
          for (let i = 0; i < 12; i++) {
            const response = await own.post(path, body);
            const masked = fingerprint(response).replace(/pk=:[^:]*:|Retry-After: \d+/g, '');
            answers.push(masked);
          }
          series.push(answers);
        }
        expect(series[1]).to.deep.equal(series[0]);
        expect(series[2]).to.deep.equal(series[0]);
        expect(series[0]?.at(-1)).to.include('rate_limited');
      }
    });
  });
}

/** Returns the fingerprint with the length of each cookie in place of its value. */
function cookieFingerprint(response: Response): string {
  return fingerprint(response).replace(
    /^(Set-Cookie: [^=]+=)([^;]*)/gm,
    (_all, name: string, value: string) => `${name}${value.length}`,
  );
}

for (const [variant, authFlow, config] of [
  ['USER_PASSWORD_AUTH', 'USER_PASSWORD_AUTH', {}],
  ['USER_AUTH and automatic sign-in', 'USER_AUTH', { passwordless: true, autoSignIn: true }],
] as const) {
  describe(`Enumeration protection with tokens in cookies, ${variant}`, () => {
    const BROWSER = { 'Sec-Fetch-Site': 'same-origin' };
    /** Cookies of earlier visits. */
    const STALE = {
      device: Buffer.from(
        JSON.stringify({
          deviceKey: 'us-east-1_a1b2c3d4-5678-90ab-cdef-0123456789ab',
          deviceGroupKey: '-a1B2c3D4',
          devicePassword: 'c2VjcmV0IG9mIHRoZSBkZXZpY2U=',
        }),
      ).toString('base64url'),
      challenge: `SOFTWARE_TOKEN_MFA:${'x'.repeat(40)}`,
      'sign-up': 'y'.repeat(4042),
      refresh: 'z'.repeat(1800),
    };
    const cookie = Object.entries(STALE)
      .map(([name, value]) => `__Host-auth-${name}=${value}`)
      .join('; ');
    let kit: Kit;
    let count = 0;

    before(async () => {
      kit = await startKit({
        pool: { ...poolFor(authFlow), limits: LOW_LIMITS },
        config: { authFlow, transport: 'cookie', ...config },
      });
    });
    after(() => kit.close());

    const requests = {
      ...ADDRESS_REQUESTS,
      'a repeated sign-up': ['/sign-up', { password: PASSWORD }],
      ...(authFlow === 'USER_AUTH' && {
        'a sign-in by e-mail code': ['/sign-in', { preferredChallenge: 'EMAIL_OTP' }],
      }),
    } as typeof ADDRESS_REQUESTS;
    for (const [request, [path, body]] of Object.entries(requests)) {
      // Cognito states here that an account cannot sign in, with or without cookies.
      const states = request === 'a sign-in by e-mail code' ? (['missing', 'confirmed'] as const) : STATES;
      for (const stale of [undefined, cookie]) {
        it(`answers ${request} and sets cookies alike for every account${stale ? ', given cookies of earlier visits' : ''}`, async () => {
          const answers: Record<string, string> = {};
          for (const state of states) {
            const email = `user-${1000 + ++count}@example.com`;
            await addAccount(kit.pool, state, email);
            const post = () => {
              const sent = kit.post(path, { email, ...body }).set(BROWSER);
              // Attempts are limited per session.
              return stale ? sent.set('Cookie', stale.replace('yyyy', String(1000 + count))) : sent;
            };
            if (request === 'a repeated sign-up') await post();
            answers[state] = cookieFingerprint(await post()).replaceAll(email, '');
          }
          for (const state of states) expect(answers[state], state).to.equal(answers.missing);
          if (path === '/sign-up' && !request.includes('weak') && authFlow === 'USER_AUTH')
            expect(answers.missing).to.match(/Set-Cookie: __Host-auth-sign-up=\d{4};/);
        });
      }
    }
  });
}

type CognitoError = readonly [exception: string, message: string];

const DELIVERY_ERRORS: readonly CognitoError[] = [
  ['CodeDeliveryFailureException', ''],
  ['InvalidEmailRoleAccessPolicyException', ''],
  ['InvalidSmsRoleAccessPolicyException', ''],
  ['InvalidSmsRoleTrustRelationshipException', ''],
];
const TRIGGER_ERRORS: readonly CognitoError[] = [
  ['UnexpectedLambdaException', 'CustomMessage invocation failed'],
  ['InvalidLambdaResponseException', ''],
  ['UserLambdaValidationException', 'CustomMessage failed with error x.'],
];
const CODE_ERRORS: readonly CognitoError[] = [
  ['CodeMismatchException', 'Invalid verification code provided, please try again.'],
  ['ExpiredCodeException', 'Invalid code provided, please request a code again.'],
  ['LimitExceededException', 'Attempt limit exceeded, please try after some time.'],
  ['TooManyFailedAttemptsException', ''],
  ['UserNotFoundException', 'Username/client id combination not found.'],
  ['NotAuthorizedException', 'User is disabled.'],
];

/** Answers that Cognito gives for some accounts only, by the API reference and recordings. `undefined` is a success. */
const ACCOUNT_ERRORS: Readonly<Partial<Record<EndpointName, readonly (CognitoError | undefined)[]>>> = {
  signUp: [
    undefined,
    ['UsernameExistsException', 'User already exists'],
    ['UsernameExistsException', 'An account with the given email already exists.'],
    ['AliasExistsException', 'An account with the given email already exists.'],
    ['LimitExceededException', 'Attempt limit exceeded, please try after some time.'],
    ...DELIVERY_ERRORS,
  ],
  confirmSignUp: [
    ...CODE_ERRORS,
    ['NotAuthorizedException', 'User cannot be confirmed. Current status is CONFIRMED'],
    ['NotAuthorizedException', 'User cannot be confirmed. Current status is FORCE_CHANGE_PASSWORD'],
  ],
  resendConfirmationCode: [
    undefined,
    ['UserNotFoundException', 'Username/client id combination not found.'],
    ['InvalidParameterException', 'User is already confirmed.'],
    ['InvalidParameterException', 'Cannot resend codes. Auto verification not turned on.'],
    ['NotAuthorizedException', 'User is disabled.'],
    ['LimitExceededException', 'Attempt limit exceeded, please try after some time.'],
    ...DELIVERY_ERRORS,
    ...TRIGGER_ERRORS,
  ],
  signIn: [
    ['NotAuthorizedException', 'Incorrect username or password.'],
    ['NotAuthorizedException', 'Password attempts exceeded'],
    ['NotAuthorizedException', 'User is disabled.'],
    ['NotAuthorizedException', 'Temporary password has expired and must be reset by an administrator.'],
    ['UserNotFoundException', 'User does not exist.'],
    ['UserNotConfirmedException', 'User is not confirmed.'],
    ['PasswordResetRequiredException', 'Password reset required for the user'],
    ['InvalidPasswordException', 'Invalid password'],
    ['LimitExceededException', 'Attempt limit exceeded, please try after some time.'],
    ['TooManyFailedAttemptsException', ''],
    ['UserLambdaValidationException', 'PreAuthentication failed with error Tenant blocked.'],
    ['UserLambdaValidationException', 'UserMigration failed with error No such legacy user.'],
  ],
  respondToChallenge: [
    ['NotAuthorizedException', 'Invalid session for the user.'],
    ['NotAuthorizedException', 'Invalid session for the user, session is expired.'],
    ['NotAuthorizedException', 'User is disabled.'],
    ['NotAuthorizedException', 'Unable to verify secret hash for client 1'],
    ['UserNotFoundException', 'User does not exist.'],
    ['UserNotConfirmedException', 'User is not confirmed.'],
    ['PasswordResetRequiredException', 'Password reset required for the user'],
  ],
  forgotPassword: [
    undefined,
    ['UserNotFoundException', 'Username/client id combination not found.'],
    [
      'InvalidParameterException',
      'Cannot reset password for the user as there is no registered/verified email or phone_number',
    ],
    ['NotAuthorizedException', 'User password cannot be reset in the current state.'],
    ['NotAuthorizedException', 'User is disabled.'],
    ['UserNotConfirmedException', 'User is not confirmed.'],
    ['LimitExceededException', 'Attempt limit exceeded, please try after some time.'],
    ...DELIVERY_ERRORS,
    ...TRIGGER_ERRORS,
  ],
  confirmForgotPassword: [...CODE_ERRORS, ['UserNotConfirmedException', 'User is not confirmed.']],
  authEventFeedback: [
    ['UserNotFoundException', 'User does not exist.'],
    ['ResourceNotFoundException', 'Auth event does not exist.'],
    ['NotAuthorizedException', 'Invalid feedback token.'],
    ['NotAuthorizedException', 'User is disabled.'],
    ['InvalidParameterException', 'Invalid feedback token.'],
  ],
};

describe('Errors of Cognito about some accounts only', () => {
  let fake: FakeCognito;
  let app: FakeApp;
  let open: FakeApp;

  before(async () => {
    fake = await startFakeCognito();
    app = fake.app();
    open = fake.app({ concealUserExistence: false });
  });
  after(() => fake.close());

  const answerOf = (error: CognitoError | undefined): FakeAnswer => (error ? fail(...error) : succeed);

  it('are listed for every endpoint that takes an account', () => {
    const taking = ENDPOINTS.filter(({ auth, accounts }) => auth === 'none' && accounts !== undefined);
    expect(taking.map(({ name }) => name)).to.have.members(Object.keys(ACCOUNT_ERRORS));
  });

  for (const [name, errors = []] of Object.entries(ACCOUNT_ERRORS) as [
    EndpointName,
    (CognitoError | undefined)[],
  ][]) {
    it(`have one masked answer at ${name}`, async () => {
      const answers = new Map<string, string>();
      for (const error of errors) {
        fake.answer = answerOf(error);
        answers.set(fingerprint(await app.call(name)), error?.join(': ') ?? 'success');
      }
      expect([...answers.values()]).to.have.length(1);
    });

    it(`are visible at ${name} if concealUserExistence is false`, async () => {
      const answers = new Set<string>();
      for (const error of errors) {
        fake.answer = answerOf(error);
        answers.add(fingerprint(await open.call(name)));
      }
      expect(answers.size).to.be.greaterThan(2);
    });
  }

  it('leave faults that concern every account visible', async () => {
    const faults = [
      [fail('NotAuthorizedException', 'Unable to verify secret hash for client 1'), 'server_misconfigured'],
      [fail('InvalidParameterException', 'USER_PASSWORD_AUTH flow not enabled'), 'server_misconfigured'],
      [fail('ResourceNotFoundException', ''), 'server_misconfigured'],
      [fail('InternalErrorException', '', 500), 'upstream_error'],
      [fail('TooManyRequestsException', ''), 'rate_limited'],
    ] as const;
    for (const name of ['signUp', 'signIn', 'forgotPassword', 'resendConfirmationCode'] as const) {
      for (const [answer, code] of faults) {
        fake.answer = answer;
        expectProblem(await app.call(name), code);
      }
    }
  });

  it('appear in the events and the log', async () => {
    const events: AuthEvent[] = [];
    const lines: Record<string, unknown>[] = [];
    const logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
    const watched = fake.app({ onEvent: (event) => void events.push(event), logger });
    fake.answer = (request, res) =>
      (request.operation === 'SignUp' ? fail('UsernameExistsException', 'x') : succeed)(request, res);
    expectStatus(await watched.call('signUp'), 200);
    await eventually(() => lines.length === 2);
    fake.answer = fail('InvalidEmailRoleAccessPolicyException', '');
    expectStatus(await watched.call('forgotPassword'), 200);

    expect(events.map(({ type, code, exception }) => [type, code, exception])).to.deep.equal([
      ['sign_up.existing_account', 'user_exists', 'UsernameExistsException'],
      ['forgot_password.failed', 'server_misconfigured', 'InvalidEmailRoleAccessPolicyException'],
      ['message_delivery.failed', 'server_misconfigured', 'InvalidEmailRoleAccessPolicyException'],
    ]);
    expect(lines.map(({ level, status, code }) => [level, status, code])).to.deep.equal([
      [30, 200, 'user_exists'],
      [30, 200, 'ok'],
      [50, 200, 'server_misconfigured'],
    ]);
    expect(lines[2]?.hint).to.include('SES');
  });
});

describe('Sign-up at a pool that checks only the passwords of new accounts', () => {
  let fake: FakeCognito;

  before(async () => {
    fake = await startFakeCognito(({ operation, input }, res) => {
      const request = { operation, input, closed: Promise.resolve() };
      if (input.Username === 'taken@example.com') fail('UsernameExistsException', '')(request, res);
      else if (input.Password === 'weak') fail('InvalidPasswordException', 'Too short')(request, res);
      else answerWith({ UserConfirmed: false, UserSub: 'x' })(request, res);
    });
  });
  after(() => fake.close());

  it('answers alike for new and existing accounts if passwordPolicy is set', async () => {
    const app = fake.app({ passwordPolicy: { minimumLength: 8 } });
    for (const password of ['weak', PASSWORD]) {
      const [taken, free] = [
        await app.call('signUp', { email: 'taken@example.com', password }),
        await app.call('signUp', { email: 'fresh@example.com', password }),
      ];
      expect(fingerprint(taken)).to.equal(fingerprint(free));
    }
  });
});
