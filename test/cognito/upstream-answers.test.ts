import { expect } from 'chai';
import type { OperationName } from '../../src/cognito/operations.ts';
import type { EndpointName } from '../../src/config/endpoint-names.ts';
import { ALL_ENDPOINTS } from '../../src/endpoints/table.ts';
import { operationsOf } from '../../src/openapi/document.ts';
import { atLeast } from '../support/at-least.ts';
import { answerWith, type FakeApp, type FakeCognito, startFakeCognito } from '../support/fake-cognito.ts';
import { expectProblem, expectStatus } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

const COMPLETE: Json = {
  AuthenticationResult: {
    AccessToken: 'a.b.c',
    IdToken: 'd.e.f',
    RefreshToken: 'r',
    ExpiresIn: 60,
    NewDeviceMetadata: { DeviceKey: 'us-east-1_0123-abcd', DeviceGroupKey: 'group' },
  },
};
const POSED: Json = {
  ChallengeName: 'SELECT_CHALLENGE',
  Session: 'session',
  ChallengeParameters: { USERNAME: 'ada' },
  AvailableChallenges: ['PASSWORD', 'EMAIL_OTP'],
};
const DELIVERY: Json = { DeliveryMedium: 'EMAIL', Destination: 'a***@e***', AttributeName: 'email' };
const DEVICE: Json = {
  DeviceKey: 'us-east-1_0123-abcd',
  DeviceAttributes: [{ Name: 'device_name', Value: 'Firefox' }],
  DeviceCreateDate: 1.7e9,
  DeviceLastModifiedDate: 1.7e9,
  DeviceLastAuthenticatedDate: 1.7e9,
};
const MFA = { UserMFASettingList: ['SMS_MFA'], PreferredMfaSetting: 'SMS_MFA' };

/** Complete answers of Cognito, with every member that an endpoint reads. */
const ANSWERS: Partial<Record<EndpointName, readonly Json[]>> = {
  signUp: [{ UserSub: 'sub', UserConfirmed: false, Session: 'session', CodeDeliveryDetails: DELIVERY }],
  confirmSignUp: [{ Session: 'session' }],
  resendConfirmationCode: [{ CodeDeliveryDetails: DELIVERY }],
  signIn: [COMPLETE, POSED],
  respondToChallenge: [COMPLETE, POSED],
  stepUp: [COMPLETE, POSED],
  refresh: [COMPLETE],
  importSession: [COMPLETE],
  forgotPassword: [{ CodeDeliveryDetails: DELIVERY }],
  getMe: [{ Username: 'ada', UserAttributes: [{ Name: 'sub', Value: 'sub' }], ...MFA }],
  updateMe: [{ CodeDeliveryDetailsList: [DELIVERY] }],
  sendAttributeCode: [{ CodeDeliveryDetails: DELIVERY }],
  listAuthFactors: [{ ConfiguredUserAuthFactors: ['PASSWORD'], ...MFA }],
  startTotp: [{ SecretCode: 'JBSWY3DPEHPK3PXP', Session: 'session' }],
  verifyTotp: [{ Status: 'SUCCESS', Session: 'session' }],
  listSessions: [
    {
      Sessions: [
        {
          SessionId: 'id',
          SessionType: 'TOKEN',
          IsCurrentSession: true,
          ClientId: 'client',
          CreateDate: 1.7e9,
          LastActiveDate: 1.7e9,
          DeviceType: 'Desktop',
          LastIPAddress: '192.0.2.7',
          LastLocation: { City: 'London', Country: 'GB' },
        },
      ],
      NextToken: 'next',
    },
  ],
  confirmDevice: [{ UserConfirmationNecessary: false }],
  listDevices: [{ Devices: [DEVICE], PaginationToken: 'next' }],
  getDevice: [{ Device: DEVICE }],
  startPasskey: [{ CredentialCreationOptions: {} }],
  listPasskeys: [
    {
      Credentials: [
        {
          CredentialId: 'id',
          FriendlyCredentialName: 'Passkey 1',
          RelyingPartyId: 'example.com',
          AuthenticatorAttachment: 'platform',
          AuthenticatorTransports: ['internal'],
          CreatedAt: 1.7e9,
        },
      ],
      NextToken: 'next',
    },
  ],
};

/** Required members of the answers. */
const REQUIRED: Partial<Record<EndpointName, readonly string[]>> = {
  signUp: ['UserSub'],
  signIn: ['AuthenticationResult', 'AccessToken', 'IdToken', 'ChallengeName', 'Session'],
  respondToChallenge: ['AuthenticationResult', 'AccessToken', 'IdToken', 'ChallengeName', 'Session'],
  stepUp: ['AuthenticationResult', 'AccessToken', 'IdToken', 'ChallengeName', 'Session'],
  refresh: ['AuthenticationResult', 'AccessToken', 'IdToken'],
  importSession: ['AuthenticationResult', 'AccessToken', 'IdToken'],
  getMe: ['Username', 'UserAttributes', 'Name'],
  startTotp: ['SecretCode'],
  verifyTotp: ['Status'],
  listDevices: ['DeviceKey'],
  getDevice: ['Device', 'DeviceKey'],
  startPasskey: ['CredentialCreationOptions'],
  listPasskeys: ['CredentialId'],
};

/** Endpoints that read required members only. */
const WITHOUT_OPTIONAL_MEMBERS: readonly EndpointName[] = ['startPasskey'];

/** Operations whose answer the kit ignores. */
const READS_NOTHING: readonly OperationName[] = [
  'ConfirmForgotPassword',
  'ChangePassword',
  'RevokeToken',
  'DeleteUser',
  'DeleteUserAttributes',
  'VerifyUserAttribute',
  'SetUserMFAPreference',
  'RevokeUserSession',
  'UpdateAuthEventFeedback',
  'UpdateDeviceStatus',
  'ForgetDevice',
  'CompleteWebAuthnRegistration',
  'DeleteWebAuthnCredential',
];

function wrongFor(value: Json): readonly Json[] {
  if (typeof value === 'string') return [7, true, {}, ['x']];
  if (typeof value === 'boolean') return ['yes', 1, {}];
  // 60 is a number of seconds, all other numbers are times.
  if (value === 60) return ['60', 0, -1, 1.5, {}, true];
  if (typeof value === 'number') return ['soon', {}, true, 1e300];
  // The SDK reads an array in place of an object as an object without members.
  return Array.isArray(value) ? [7, 'x', {}, [null], [7]] : [7, 'x', true];
}

interface Change {
  readonly at: string;
  readonly answer: Json;
}

/** The answer with one of its members, at any depth, replaced by each value that is `wrong` for it. */
function changesOf(
  value: Json,
  wrong: (value: Json, name: string) => readonly (Json | undefined)[],
  at = '',
): Change[] {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, inner]: [string, Json]) => {
    const put = (other: Json | undefined): Json => {
      if (Array.isArray(value)) return value.map((item, i) => (String(i) === name ? other : item)) as Json;
      const { [name]: _old, ...rest } = value as Record<string, Json>;
      return other === undefined ? rest : { ...rest, [name]: other };
    };
    const path = `${at}.${name}`;
    return [
      ...wrong(inner, name).map((other) => ({
        at: `${path} = ${JSON.stringify(other)}`,
        answer: put(other),
      })),
      ...changesOf(inner, wrong, path).map((change) => ({ at: change.at, answer: put(change.answer) })),
    ];
  });
}

describe("Cognito's answer", () => {
  const log = captureLog();
  let fake: FakeCognito;
  let app: FakeApp;

  before(async () => {
    fake = await startFakeCognito();
    app = fake.app({
      concealUserExistence: false,
      transport: 'both',
      importSessions: true,
      logger: log.logger,
    });
  });
  after(() => fake.close());
  beforeEach(() => log.clear());

  async function expectRefused(name: EndpointName, { at, answer }: Change): Promise<void> {
    log.clear();
    fake.answer = answerWith(answer as object);
    const response = await app.call(name);
    expect(response.status, `${at}: ${response.text}`).to.equal(502);
    expectProblem(response, 'upstream_error');
    const [line] = log.lines();
    expect(line, at).to.include({ level: 50, code: 'upstream_error', endpoint: name });
    expect(line?.exception, at).to.be.a('string');
    expect(line?.hint, at).to.be.a('string');
  }

  it('is ignored by the endpoints that this test leaves out', () => {
    const others = ALL_ENDPOINTS.filter(
      (endpoint) => operationsOf(endpoint).length > 0 && !ANSWERS[endpoint.name],
    );
    const operations = others.flatMap(operationsOf).filter(
      // The examples lead to neither.
      (operation) => operation !== 'GlobalSignOut' && operation !== 'GetUser',
    );
    expect([...new Set(operations)]).to.have.members([...READS_NOTHING]);
  });

  for (const [name, answers] of Object.entries(ANSWERS) as [EndpointName, readonly Json[]][]) {
    it(`is accepted by ${name} if it is complete`, async () => {
      for (const answer of answers) {
        fake.answer = answerWith(answer as object);
        expectStatus(await app.call(name), 200);
      }
    });

    it(`makes ${name} answer 502 and log a hint if a member has another type`, async () => {
      for (const change of atLeast(
        1,
        answers.flatMap((answer) => changesOf(answer, wrongFor)),
      )) {
        await expectRefused(name, change);
      }
    });

    const required = REQUIRED[name] ?? [];

    if (required.length > 0) {
      it(`makes ${name} answer 502 and log a hint if a required member is missing or null`, async () => {
        const missing = answers.flatMap((answer) =>
          changesOf(answer, (_value, member) => (required.includes(member) ? [undefined, null] : [])),
        );
        for (const change of atLeast(1, missing)) await expectRefused(name, change);
      });
    }

    if (WITHOUT_OPTIONAL_MEMBERS.includes(name)) continue;

    it(`is accepted by ${name} if an optional member is missing or null`, async () => {
      const missing = answers.flatMap((answer) =>
        changesOf(answer, (_value, member) =>
          required.includes(member) || /^\d+$/.test(member) ? [] : [undefined, null],
        ),
      );
      for (const { at, answer } of atLeast(1, missing)) {
        fake.answer = answerWith(answer as object);
        const { status, text } = await app.call(name);
        expect(status, `${at}: ${text}`).to.equal(200);
      }
    });
  }

  it('reaches the client with the name and parameters of a challenge that the kit does not know', async () => {
    fake.answer = answerWith({ ChallengeName: 'RETINA_SCAN', ChallengeParameters: { EYE: 'left' } });
    expect((await app.call('signIn')).body).to.deep.equal({
      status: 'challenge',
      challenge: { name: 'RETINA_SCAN', username: 'ada@example.com', parameters: { EYE: 'left' } },
    });
  });

  it('is not quoted in the log if it is refused', async () => {
    fake.answer = answerWith({ ChallengeName: { secret: 'marked' }, ChallengeParameters: { marked: 7 } });
    await app.call('signIn');
    expect(log.text()).to.not.include('marked');
  });
});
