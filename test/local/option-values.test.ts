import { expect } from 'chai';
import { startLocalUserPool } from '../../src/local/index.ts';
import type { LocalUserPool } from '../../src/local/local-user-pool.ts';

async function refusalOf(options: object): Promise<string> {
  try {
    const pool = await startLocalUserPool({ quiet: true, ...options });
    await pool.close();
  } catch (error) {
    expect(error).to.be.instanceOf(TypeError);
    return String(error);
  }
  return 'accepted';
}

/** Options with a value that Cognito does not take, and the words of the refusal. */
const WRONG: readonly (readonly [options: object, words: string])[] = [
  [{ pool: { AliasAttributes: ['mail'] } }, 'pool.AliasAttributes[0] is "mail"; did you mean "email"'],
  [{ pool: { AliasAttributes: 'email' } }, 'pool.AliasAttributes is "email"; write a list'],
  [{ pool: { UsernameAttributes: ['phone'] } }, 'pool.UsernameAttributes[0] is "phone"; write'],
  [
    { pool: { AutoVerifiedAttributes: ['e-mail'] } },
    'pool.AutoVerifiedAttributes[0] is "e-mail"; did you mean',
  ],
  [{ pool: { MfaConfiguration: 'REQUIRED' } }, "pool.MfaConfiguration is \"REQUIRED\"; write 'OFF' or 'ON'"],
  [{ pool: { MfaConfiguration: true } }, "pool.MfaConfiguration is true; write 'OFF' or 'ON'"],
  [{ pool: { UserPoolTier: 'PREMIUM' } }, "'LITE' or 'ESSENTIALS' or 'PLUS'"],
  [{ pool: { DeletionProtection: true } }, "pool.DeletionProtection is true; write 'ACTIVE' or 'INACTIVE'"],
  [
    { pool: { UsernameConfiguration: { CaseSensitive: 'no' } } },
    'CaseSensitive is "no"; write true or false',
  ],
  [{ pool: { UsernameConfiguration: {} } }, 'pool.UsernameConfiguration.CaseSensitive is missing'],
  [
    { pool: { Policies: { PasswordPolicy: { MinimumLength: '12' } } } },
    'pool.Policies.PasswordPolicy.MinimumLength is "12"; write a whole number from 6 to 99',
  ],
  [{ pool: { Policies: { PasswordPolicy: { MinimumLength: 8.5 } } } }, 'is 8.5; write a whole number'],
  [
    { pool: { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL'] } } } },
    'AllowedFirstAuthFactors[1] is "EMAIL"; write',
  ],
  [
    { pool: { Policies: { SignInPolicy: { AllowedFirstFactors: [] } } } },
    'pool.Policies.SignInPolicy has no option "AllowedFirstFactors"; did you mean "AllowedFirstAuthFactors"',
  ],
  [
    { pool: { Schema: [{ Name: 'plan', AttributeDataType: 'Text' }] } },
    'pool.Schema[0].AttributeDataType is "Text"',
  ],
  [{ pool: { Schema: [{ Name: 'plan', type: 'String' }] } }, 'pool.Schema[0] has no option "type"'],
  [
    { pool: { WebAuthnConfiguration: { UserVerification: 'always' } } },
    "UserVerification is \"always\"; write 'required' or 'preferred'",
  ],
  [{ pool: { LambdaConfig: { PreSignUp: 'my-function' } } }, 'pool.LambdaConfig.PreSignUp is "my-function"'],
  [{ pool: { DcrConfiguration: { EnableStatus: 'ENABLED' } } }, 'did you mean "Enabled"'],
  [{ pool: { UserPoolTags: { a: 1 } } }, 'pool.UserPoolTags.a is 1; write a text'],
  [{ pool: null }, 'pool is null; write an object'],
  [{ appClient: { ExplicitAuthFlows: ['ADMIN'] } }, 'appClient.ExplicitAuthFlows[0] is "ADMIN"; write'],
  [
    { appClient: { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUT'] } },
    'did you mean "ALLOW_USER_PASSWORD_AUTH"',
  ],
  [{ appClient: { GenerateSecret: 'yes' } }, 'appClient.GenerateSecret is "yes"; write true or false'],
  [{ appClient: { PreventUserExistenceErrors: true } }, "write 'LEGACY' or 'ENABLED'"],
  [{ appClient: { TokenValidityUnits: { AccessToken: 'minute' } } }, 'did you mean "minutes"'],
  [{ appClient: { AuthSessionValidity: 60 } }, 'write a whole number from 3 to 15'],
  [{ appClient: { RefreshTokenRotation: true } }, 'appClient.RefreshTokenRotation is true; write an object'],
  [{ appClient: { RefreshTokenRotation: { Feature: 'ON' } } }, "write 'ENABLED' or 'DISABLED'"],
  [
    { appClient: { CallbackURLs: 'http://localhost:3000/' } },
    'appClient.CallbackURLs is "http://localhost:3000/"; write a list',
  ],
  [{ appClient: { AllowedOAuthFlows: ['authorization_code'] } }, "write 'code' or 'implicit'"],
  [{ triggers: { preSignUp: true } }, 'triggers.preSignUp is true; write a function'],
  [{ triggers: { customMessage: 'arn:aws:lambda:us-east-1:1:function:x' } }, 'write a function'],
  [{ onMessage: true }, 'onMessage is true; write a function'],
  [{ clock: 0 }, 'clock is 0; write a function'],
  [{ users: { username: 'ada@example.com' } }, 'users is {"username":"ada@example.com"}; write a list'],
  [{ users: ['ada@example.com'] }, 'users is "ada@example.com"; write an object'],
  [{ users: [{}] }, 'users.username is missing'],
  [{ users: [{ username: 'ada@example.com', status: 'ACTIVE' }] }, 'users.status is "ACTIVE"; write'],
  [{ users: [{ username: 'ada@example.com', groups: 'admin' }] }, 'users.groups is "admin"; write a list'],
  [{ users: [{ username: 'ada@example.com', mfa: ['SMS'] }] }, 'users.mfa[0] is "SMS"; write \'SMS_MFA\''],
  [
    { users: [{ username: 'ada@example.com', attributes: { email_verified: true } }] },
    'users.attributes.email_verified is true; write a text',
  ],
  [
    { users: [{ username: 'ada@example.com', password: 12345678 }] },
    'users.password is not in the expected form',
  ],
  [{ port: '9229' }, 'port is "9229"; write a whole number from 0 to 65535'],
  [{ quiet: 'yes' }, 'quiet is "yes"; write true or false'],
  [{ allowedHosts: 'cognito' }, 'allowedHosts is "cognito"; write a list'],
  [{ allowedAdminOrigins: ['localhost:5173'] }, 'allowedAdminOrigins[0] is "localhost:5173"; write a text'],
  [{ allowedAdminOrigins: ['http://localhost:5173/'] }, 'allowedAdminOrigins[0] is'],
  [{ allowedAdminOrigins: ['http://LOCALHOST:5173'] }, 'allowedAdminOrigins[0] is'],
  [{ control: 'off' }, 'control is "off"; write true or false'],
  [{ issuer: 'localhost' }, 'issuer is "localhost"; write a text'],
  [{ identityProviders: 'Google' }, 'identityProviders is "Google"; write a list'],
  [{ limits: { confirmSignUp: 'none' } }, 'limits.confirmSignUp is "none"; write a whole number'],
  [{ limits: true }, 'limits is true; write an object'],
];

describe('A value that Cognito does not take', () => {
  for (const [options, words] of WRONG) {
    it(`is refused in an option of the local pool: ${words}`, async () => {
      const refusal = await refusalOf(options);
      expect(refusal).to.include(words);
      expect(refusal).to.match(/See docs\/local-user-pool\.md#(features|lambda-triggers)$/);
      expect(refusal).to.not.include('12345678');
    });
  }
});

describe('A running local pool', () => {
  let pool: LocalUserPool;
  before(async () => {
    pool = await startLocalUserPool({ quiet: true, users: [{ username: 'ada@example.com' }] });
  });
  after(() => pool.close());

  for (const [what, call, words] of [
    [
      'addClient',
      () => pool.addClient({ ExplicitAuthFlows: ['ADMIN' as never] }),
      'appClient.ExplicitAuthFlows[0]',
    ],
    [
      'addUser',
      () => pool.addUser({ username: 'eve@example.com', status: 'NEW' as never }),
      'users.status is "NEW"',
    ],
    [
      'tokensFor',
      () => pool.tokensFor('ada@example.com', { expiresIn: 5 } as never),
      'tokensFor has no option "expiresIn"; did you mean "idExpiresIn"',
    ],
    ['inbox.list', () => pool.inbox.list({ recipient: 'x' } as never), 'filter has no option "recipient"'],
    ['inbox.latest', () => pool.inbox.latest({ kind: 'signup' as never }), 'did you mean "sign_up"'],
    ['inbox.waitFor', () => pool.inbox.waitFor({ email: 'x' } as never), 'filter has no option "email"'],
    ['clock.advance', () => pool.clock.advance('5m' as never), 'clock.advance takes milliseconds, not 5m'],
    ['clock.set', () => pool.clock.set('yesterday' as never), 'clock.set takes a Date'],
  ] as const) {
    it(`refuses nonsense in ${what}`, () => {
      expect(call).to.throw(TypeError, words);
    });
  }

  for (const [fault, words] of [
    [{ kind: 'throtle' }, 'fault.kind is "throtle"; did you mean "throttle"'],
    [{}, 'fault.kind is null'],
    [{ kind: 'throttle', on: 'signUp' }, 'fault.on is "signUp"; did you mean "SignUp"'],
    [
      { kind: 'throttle', on: ['InitiateAuth', 'ConfirmSignup'] },
      'fault.on[1] is "ConfirmSignup"; did you mean',
    ],
    [{ kind: 'throttle', on: '/oauth2/token' }, 'fault.on is "/oauth2/token"; did you mean "oauth2/token"'],
    [{ kind: 'throttle', on: 'sign-in' }, 'write the name of an operation'],
    [{ kind: 'throttle', operation: 'SignUp' }, 'fault has no option "operation"'],
    [{ kind: 'throttle', time: 1 }, 'fault has no option "time"; did you mean "times"'],
    [{ kind: 'throttle', times: 0 }, 'fault.times is 0; write a whole number from 1'],
    [{ kind: 'delay', ms: '1s' }, 'fault.ms is "1s"; write a whole number'],
    [{ kind: 'throttle', ms: 100 }, 'fault has no option "ms"'],
    [{ kind: 'redirect' }, 'fault.location is missing'],
    [{ kind: 'throttle', afterwards: 'yes' }, 'fault.afterwards is "yes"; write true or false'],
  ] as const) {
    it(`refuses a fault that would have no effect: ${words}`, () => {
      expect(() => pool.faults.inject(fault as never))
        .to.throw(TypeError, words)
        .with.property('message')
        .that.matches(/See docs\/testing\.md#faults$/);
    });
  }

  it('takes a fault on an operation of another API, a document and an endpoint', () => {
    for (const on of ['GetSecretValue', 'jwks', 'openid-configuration', 'oauth2/token', 'login']) {
      pool.faults.inject({ kind: 'throttle', on })();
    }
  });
});
