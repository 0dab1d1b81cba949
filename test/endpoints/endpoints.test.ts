import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { upstreamFault } from '../../src/cognito/classify-error.ts';
import { EXCEPTION_NAMES } from '../../src/cognito/error-map.ts';
import type { OperationName } from '../../src/cognito/operations.ts';
import { ENDPOINT_NAMES, RATE_LIMIT_CLASSES } from '../../src/config/endpoint-names.ts';
import { parseConfig } from '../../src/config/settings.ts';
import type { Endpoint } from '../../src/endpoints/endpoint.ts';
import { loadJoi } from '../../src/endpoints/joi.ts';
import { ALL_ENDPOINTS, ENDPOINTS } from '../../src/endpoints/table.ts';
import { errorsOf, openApiDocument, openApiPath, operationsOf } from '../../src/openapi/document.ts';
import { validateBody } from '../../src/pipeline/validation.ts';
import { PROBLEMS } from '../../src/shared/problem.ts';
import { atLeast } from '../support/at-least.ts';
import { type FakeApp, type FakeCognito, fail, startFakeCognito, succeed } from '../support/fake-cognito.ts';
import { expectProblem, expectStatus, startKit } from '../support/helpers.ts';
import { pathOf } from '../support/requests.ts';

await loadJoi();

const settings = parseConfig({ userPoolId: 'us-east-1_AbCdEfGhI', clientId: '1example23456789' }, {});
const document = openApiDocument(settings, '/auth') as unknown as OpenApi;

interface OpenApi {
  readonly paths: Record<string, Record<string, Entry>>;
  readonly components: { schemas: Record<string, Schema> };
}

interface Entry {
  readonly responses: Record<string, ResponseEntry>;
  readonly requestBody?: object;
  readonly parameters?: readonly { name: string; in: string; required: boolean }[];
}

interface ResponseEntry {
  readonly content: Record<string, { schema: Schema; examples?: Record<string, unknown> }>;
}

type Schema = Readonly<Record<string, unknown>>;

/** Validates the part of JSON Schema 2020-12 that the response schemas use. Other keywords throw. */
function violations(schema: Schema, value: unknown, at = ''): string[] {
  const { $ref, type, enum: allowed, const: constant, oneOf, anyOf } = schema;
  const { properties = {}, required = [], items } = schema;
  const { additionalProperties, description, discriminator, format, ...unknown } = { ...schema };
  for (const name of ['$ref', 'type', 'enum', 'const', 'oneOf', 'anyOf', 'properties', 'required', 'items'])
    delete unknown[name];
  if (Object.keys(unknown).length > 0) throw new Error(`The schema has ${Object.keys(unknown)}.`);
  if (typeof $ref === 'string') {
    return violations(
      document.components.schemas[$ref.split('/').at(-1) ?? ''] ?? { missing: $ref },
      value,
      at,
    );
  }
  if (Array.isArray(oneOf)) {
    const fits = oneOf.filter((each: Schema) => violations(each, value, at).length === 0);
    return fits.length === 1 ? [] : [`${at} fits ${fits.length} of the alternatives`];
  }
  if (Array.isArray(anyOf)) {
    const fits = anyOf.some((each: Schema) => violations(each, value, at).length === 0);
    return fits ? [] : [`${at} fits none of the alternatives`];
  }
  if (constant !== undefined) return value === constant ? [] : [`${at} is not ${constant}`];
  if (Array.isArray(allowed)) return allowed.includes(value) ? [] : [`${at} is not one of ${allowed}`];
  const types = type === undefined ? [] : [type].flat();
  const actual = Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;
  if (types.length > 0 && !types.includes(actual)) return [`${at} is ${actual}, not ${types}`];
  if (Array.isArray(value))
    return value.flatMap((item, i) => violations((items ?? {}) as Schema, item, `${at}/${i}`));
  if (actual !== 'object') return [];
  const object = value as Record<string, unknown>;
  const schemas = properties as Record<string, Schema>;
  return [
    ...(required as string[]).filter((name) => !(name in object)).map((name) => `${at}/${name} is missing`),
    ...Object.entries(object).flatMap(([name, inner]) => {
      const known = schemas[name] ?? additionalProperties;
      if (typeof known === 'object') return violations(known as Schema, inner, `${at}/${name}`);
      return Object.keys(schemas).length > 0 ? [`${at}/${name} is not in the schema`] : [];
    }),
  ];
}

const BASIC =
  'Forbidden InternalError InvalidParameter NotAuthorized OperationNotEnabled ResourceNotFound TooManyRequests';
const USER_STATE = 'PasswordResetRequired UserNotConfirmed UserNotFound';
const TRIGGER = 'InvalidLambdaResponse UnexpectedLambda UserLambdaValidation';
const SENDING =
  'CodeDeliveryFailure InvalidEmailRoleAccessPolicy InvalidSmsRoleAccessPolicy InvalidSmsRoleTrustRelationship';
const GUESSING = 'CodeMismatch ExpiredCode LimitExceeded TooManyFailedAttempts';

const PASSKEY =
  'Forbidden InternalError InvalidParameter NotAuthorized OperationNotEnabled TooManyRequests LimitExceeded PasswordResetRequired';

/** Exceptions of each operation by the API reference, without the suffix. */
const EXCEPTIONS: Readonly<Record<OperationName, string>> = {
  SignUp: `${BASIC} ${TRIGGER} ${SENDING} InvalidPassword LimitExceeded UsernameExists`,
  ConfirmSignUp: `${BASIC} ${TRIGGER} ${GUESSING} AliasExists UserNotFound`,
  ResendConfirmationCode: `${BASIC} ${TRIGGER} ${SENDING} LimitExceeded UserNotFound`,
  InitiateAuth: `${BASIC} ${USER_STATE} ${TRIGGER} ${SENDING} FeatureUnavailableInTier InvalidUserPoolConfiguration UnsupportedOperation`,
  RespondToAuthChallenge: `${BASIC} ${USER_STATE} ${TRIGGER} ${SENDING} AliasExists CodeMismatch ExpiredCode InvalidPassword InvalidUserPoolConfiguration MFAMethodNotFound PasswordHistoryPolicyViolation SoftwareTokenMFANotFound`,
  // ADMIN_USER_PASSWORD_AUTH calls these in place of the two above.
  AdminInitiateAuth: `${BASIC} ${USER_STATE} ${TRIGGER} ${SENDING} FeatureUnavailableInTier InvalidUserPoolConfiguration MFAMethodNotFound UnsupportedOperation AccessDenied`,
  AdminRespondToAuthChallenge: `${BASIC} ${USER_STATE} ${TRIGGER} ${SENDING} AliasExists CodeMismatch ExpiredCode InvalidPassword InvalidUserPoolConfiguration MFAMethodNotFound PasswordHistoryPolicyViolation SoftwareTokenMFANotFound AccessDenied`,
  ForgotPassword: `${BASIC} ${TRIGGER} ${SENDING} LimitExceeded UserNotFound`,
  ConfirmForgotPassword: `${BASIC} ${TRIGGER} ${GUESSING} UserNotConfirmed UserNotFound InvalidPassword PasswordHistoryPolicyViolation`,
  // After a password reset, with the credentials of an administrator.
  AdminUserGlobalSignOut: `${BASIC} UserNotFound`,
  AdminGetUser: `${BASIC} UserNotFound`,
  ChangePassword: `${BASIC} ${USER_STATE} InvalidPassword LimitExceeded PasswordHistoryPolicyViolation`,
  GetTokensFromRefreshToken: `${BASIC} ${TRIGGER} RefreshTokenReuse UserNotFound`,
  RevokeToken:
    'Forbidden InternalError InvalidParameter OperationNotEnabled TooManyRequests Unauthorized UnsupportedOperation UnsupportedTokenType',
  GlobalSignOut: `${BASIC} PasswordResetRequired UserNotConfirmed`,
  GetUser: `${BASIC} ${USER_STATE}`,
  UpdateUserAttributes: `${BASIC} ${USER_STATE} ${TRIGGER} ${SENDING} AliasExists CodeMismatch ExpiredCode`,
  DeleteUser: `${BASIC} ${USER_STATE}`,
  DeleteUserAttributes: `${BASIC} ${USER_STATE}`,
  GetUserAttributeVerificationCode: `${BASIC} ${USER_STATE} ${TRIGGER} ${SENDING} LimitExceeded`,
  VerifyUserAttribute: `${BASIC} ${USER_STATE} AliasExists CodeMismatch ExpiredCode LimitExceeded`,
  GetUserAuthFactors: `${BASIC} ${USER_STATE}`,
  AssociateSoftwareToken: `${BASIC} ConcurrentModification SoftwareTokenMFANotFound`,
  VerifySoftwareToken: `${BASIC} ${USER_STATE} CodeMismatch EnableSoftwareTokenMFA InvalidUserPoolConfiguration SoftwareTokenMFANotFound`,
  SetUserMFAPreference: `${BASIC} ${USER_STATE}`,
  ListUserSessions: `${BASIC} ${USER_STATE}`,
  RevokeUserSession: `${BASIC} ${USER_STATE}`,
  UpdateAuthEventFeedback: `${BASIC.replace('Forbidden ', '')} UserNotFound UserPoolAddOnNotEnabled`,
  ConfirmDevice: `${BASIC} ${USER_STATE} DeviceKeyExists InvalidLambdaResponse InvalidPassword InvalidUserPoolConfiguration UsernameExists`,
  ListDevices: `${BASIC} ${USER_STATE} InvalidUserPoolConfiguration`,
  GetDevice: `${BASIC} ${USER_STATE} InvalidUserPoolConfiguration`,
  UpdateDeviceStatus: `${BASIC} ${USER_STATE} InvalidUserPoolConfiguration`,
  ForgetDevice: `${BASIC} ${USER_STATE} InvalidUserPoolConfiguration`,
  StartWebAuthnRegistration: `${PASSKEY} WebAuthnConfigurationMissing WebAuthnNotEnabled`,
  CompleteWebAuthnRegistration: `${PASSKEY} WebAuthnChallengeNotFound WebAuthnClientMismatch WebAuthnCredentialNotSupported WebAuthnNotEnabled WebAuthnOriginNotAllowed WebAuthnRelyingPartyMismatch`,
  ListWebAuthnCredentials: PASSKEY,
  DeleteWebAuthnCredential: `${PASSKEY} ResourceNotFound`,
};

const OTHER_CHALLENGES =
  'AliasExists CodeMismatch ExpiredCode InvalidPassword MFAMethodNotFound PasswordHistoryPolicyViolation SoftwareTokenMFANotFound';

/** Messages that change the meaning of an exception. */
function messagesOf(exception: string, operation: OperationName): readonly string[] {
  if (exception !== 'NotAuthorizedException') return [''];
  // A user who signs up cannot be disabled yet.
  return operation === 'SignUp' ? ['', 'secret hash'] : ['', 'secret hash', 'User is disabled.'];
}

describe('The endpoint table', () => {
  let fake: FakeCognito;
  let app: FakeApp;

  before(async () => {
    fake = await startFakeCognito();
    app = fake.app({ passwordChangeEndsSessions: false });
  });
  after(() => fake.close());
  beforeEach(() => {
    fake.answer = succeed;
    fake.requests.length = 0;
  });

  it('has each endpoint once, with a unique name and path', () => {
    expect(ALL_ENDPOINTS.map(({ name }) => name)).to.have.members(ENDPOINT_NAMES);
    expect(new Set(ALL_ENDPOINTS.map(({ method, path }) => `${method} ${path}`)).size).to.equal(
      ALL_ENDPOINTS.length,
    );
  });

  for (const endpoint of ENDPOINTS) {
    describe(`${endpoint.method.toUpperCase()} ${endpoint.path}`, () => describeEndpoint(endpoint));
  }

  function describeEndpoint(endpoint: Endpoint): void {
    const { name, method, path, auth, example } = endpoint;

    it('has a summary of one or two sentences', () => {
      expect(endpoint.summary).to.match(/^[A-Z].{10,120}\.$/);
    });

    it('has a rate limit, unless it makes no call to Cognito', () => {
      if (operationsOf(endpoint).length > 0) expect(RATE_LIMIT_CLASSES).to.include(endpoint.rateLimit);
      else expect(endpoint.rateLimit).to.equal(endpoint.cacheable ? 'read' : undefined);
    });

    if (endpoint.rateLimit === 'signIn' || endpoint.rateLimit === 'code') {
      it('identifies the account that its rate limit counts', () => {
        const { accounts, attempt } = endpoint;
        expect(auth === 'access' || accounts !== undefined || attempt !== undefined).to.equal(true);
      });
    }

    it('takes no body, or has a schema that accepts its example and refuses other bodies', () => {
      const schema = endpoint.body?.(settings);
      expect(schema !== undefined).to.equal(example.request !== undefined);
      if (method === 'get' || method === 'delete') expect(schema).to.equal(undefined);
      if (!schema) return;
      expect(validateBody(schema, example.request)).to.have.property('body');
      expect(validateBody(schema, { ...example.request, more: 1 })).to.have.property('problem');
      if (name !== 'startTotp') expect(validateBody(schema, {})).to.have.property('problem');
    });

    it('has a schema for its path parameters alone, which refuses hostile values', () => {
      const names = [...path.matchAll(/:(\w+)/g)].map(([, param = '']) => param);
      expect(Object.keys(example.params ?? {})).to.deep.equal(names);
      const schema = endpoint.params?.(settings);
      expect(schema !== undefined).to.equal(names.length > 0);
      if (!schema) return;
      expect(validateBody(schema, example.params)).to.deep.equal({ body: example.params });
      for (const param of names) {
        for (const value of ['', '..', 'a/b', '\0', 'x'.repeat(2000), '__proto__'])
          expect(validateBody(schema, { ...example.params, [param]: value })).to.have.property('problem');
      }
    });

    if (name !== 'openapi') {
      it('has an example response that matches its schema', () => {
        expect(violations(endpoint.response as Schema, example.response)).to.deep.equal([]);
      });
    }

    it('is in the OpenAPI document with every error that it can answer', () => {
      const entry = document.paths[openApiPath(path)]?.[method];
      expect(entry).to.have.property('operationId', name);
      for (const code of atLeast(1, errorsOf(endpoint))) {
        const content = entry?.responses[PROBLEMS[code][0]]?.content['application/problem+json'];
        expect(content?.examples, code).to.have.property(code);
      }
      expect(entry?.requestBody !== undefined).to.equal(endpoint.body !== undefined);
      expect(
        (entry?.parameters ?? [])
          .filter((param) => param.in === 'path')
          .map((param) => [param.name, param.in, param.required]),
      ).to.deep.equal(Object.keys(example.params ?? {}).map((param) => [param, 'path', true]));
    });

    it('answers its example request by its response schema', async () => {
      const response = expectStatus(await app.call(name), 200);
      expect(response.headers['content-type']).to.equal('application/json; charset=utf-8');
      expect(response.headers['cache-control']).to.equal(endpoint.cacheable ? 'no-cache' : 'no-store');
      expect(violations(endpoint.response as Schema, response.body)).to.deep.equal([]);
      const [first] = operationsOf(endpoint);
      expect(fake.requests.map(({ operation }) => operation)).to.deep.equal(first ? [first] : []);
    });

    it('sends Cognito no null, and only members in upper camel case', async () => {
      await app.call(name);
      expect(fake.requests.length > 0).to.equal(operationsOf(endpoint).length > 0);
      for (const { input } of fake.requests) {
        expect(JSON.stringify(input)).to.not.include('null');
        expect(Object.keys(input).every((member) => /^[A-Z]/.test(member))).to.equal(true);
      }
    });

    it(auth === 'access' ? 'requires an access token' : 'works without a token', async () => {
      const response = await app.anonymous(name);
      if (auth === 'access') {
        expect(expectProblem(response, 'missing_token').headers['www-authenticate']).to.equal(
          'Bearer realm="api"',
        );
        expect(fake.requests).to.deep.equal([]);
      } else expect(response.status).to.equal(200);
    });

    if (operationsOf(endpoint).length > 0) {
      it('lists every error that Cognito can cause', () => {
        const listed = errorsOf(endpoint);
        const own = operationsOf(endpoint) as OperationName[];
        const administrators = own.map((each) => `Admin${each}` as OperationName);
        for (const operation of [...own, ...administrators.filter((each) => EXCEPTIONS[each])]) {
          // Only other servers than Cognito get a refresh by InitiateAuth.
          if (name === 'refresh' && operation.endsWith('InitiateAuth')) continue;
          // The response does not wait for it.
          if (name === 'signUp' && operation === 'ResendConfirmationCode') continue;
          // A failed sign-in after the confirmation is no error.
          if (name === 'confirmSignUp' && operation.endsWith('InitiateAuth')) continue;
          for (const short of EXCEPTIONS[operation].split(' ')) {
            // It answers password challenges only.
            if (['signIn', 'stepUp'].includes(name) && OTHER_CHALLENGES.split(' ').includes(short)) continue;
            const exception = `${short}Exception`;
            expect(EXCEPTION_NAMES).to.include(exception);
            for (const message of messagesOf(exception, operation)) {
              const error = Object.assign(new Error(message), { name: exception });
              const { code } = upstreamFault(error, operation).problem;
              expect(listed, `${exception} "${message}" of ${operation}`).to.include(code);
            }
          }
        }
        if (typeof endpoint.maskedErrors?.answer === 'string')
          expect(listed).to.include(endpoint.maskedErrors.answer);
      });
    }

    if (operationsOf(endpoint).length > 0) {
      it('answers 502 if Cognito fails', async () => {
        fake.answer = fail('InternalErrorException', 'x', 500);
        expectProblem(await app.call(name), 'upstream_error');
      });
    }
  }
});

describe('Hostile input', () => {
  const HOSTILE_VALUES: readonly unknown[] = [
    '',
    ' ',
    '\0',
    '\ud800',
    '\u202e',
    '😀'.repeat(60),
    'x'.repeat(300),
    "'; DROP TABLE users; --",
    '"}{"',
    '\r\nSet-Cookie: a=b',
    '../../etc/passwd',
    '__proto__',
    'constructor',
    'null',
    '{{7*7}}',
    'é'.normalize('NFD').repeat(40),
    'x@y',
    '+1',
    null,
    0,
    -1,
    true,
    [],
    ['x'],
    {},
    { toString: 'x' },
    { length: 1 },
  ];

  for (const secret of [undefined, 'aVerySecretClientSecret0123456789']) {
    it(`never makes an endpoint answer 5xx, ${secret ? 'with' : 'without'} a client secret`, async () => {
      const kit = await startKit({
        pool: { limits: false, ...(secret && { clientSecret: secret }) },
        config: { signInWith: ['email', 'username'] },
      });
      const { tokens } = await kit.signUpAndIn();
      const answers = new Map<number, number>();
      let paths = 0;
      for (const endpoint of ENDPOINTS) {
        const { name, method, path, auth, example } = endpoint;
        const send = (url: string, body?: object) => {
          const request = kit.request[method](`/auth${url}`).send(body);
          return auth === 'none' ? request : request.set('Authorization', `Bearer ${tokens.accessToken}`);
        };
        for (const param of Object.keys(example.params ?? {})) {
          for (const value of HOSTILE_VALUES.filter(
            (text) => typeof text === 'string' && text.isWellFormed(),
          )) {
            const url = pathOf(endpoint, { [param]: String(value) });
            expect((await send(url, example.request)).status, url).to.be.within(200, 499);
            paths++;
          }
        }
        for (const member of Object.keys(example.request ?? {})) {
          if (name === 'respondToChallenge' && member === 'name') continue;
          for (const value of HOSTILE_VALUES) {
            const session =
              endpoint.attempt && member !== 'session' ? { session: randomUUID().repeat(2) } : {};
            const body = { ...example.request, ...session, [member]: value };
            const response = await send(pathOf(endpoint), body);
            expect(response.status, `${path} ${JSON.stringify(body)}`).to.be.within(200, 499);
            answers.set(response.status, (answers.get(response.status) ?? 0) + 1);
          }
        }
      }
      expect([...answers.keys()]).to.include.members([200, 400, 401]);
      expect(paths).to.be.above(20);
      await kit.close();
    });
  }
});
