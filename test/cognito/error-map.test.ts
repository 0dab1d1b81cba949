import * as sdk from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import { isUnknownOperation, upstreamFault } from '../../src/cognito/classify-error.ts';
import { ERROR_MAP, EXCEPTION_NAMES } from '../../src/cognito/error-map.ts';
import type { OperationName } from '../../src/cognito/operations.ts';
import { PROBLEMS, type ProblemCode } from '../../src/shared/problem.ts';
import { type FakeApp, type FakeCognito, fail, startFakeCognito } from '../support/fake-cognito.ts';
import { expectProblem } from '../support/helpers.ts';
import { OPERATION_CALLERS } from '../support/operation-callers.ts';
import { LOGGED_TEXTS, UPSTREAM_TEXTS } from '../support/upstream-texts.ts';

type Case = readonly [exception: string, operation: OperationName, message: string, code: ProblemCode];

/** Marks messages of Cognito that must not reach the client. */
const MARK = 'ZQXJ';

/** Exceptions of Cognito and the problem code that each one becomes. */
const CASES: readonly Case[] = [
  ['NotAuthorizedException', 'InitiateAuth', 'Incorrect username or password.', 'invalid_credentials'],
  ['NotAuthorizedException', 'InitiateAuth', 'Password attempts exceeded', 'too_many_attempts'],
  [
    'InvalidParameterException',
    'ChangePassword',
    "1 validation error detected: Value at 'previousPassword' failed to satisfy constraint",
    'wrong_password',
  ],
  [
    'InvalidParameterException',
    'ChangePassword',
    "1 validation error detected: Value at 'proposedPassword' failed to satisfy constraint",
    'invalid_password',
  ],
  [
    'InvalidParameterException',
    'SignUp',
    "1 validation error detected: Value at 'password' failed to satisfy constraint",
    'invalid_password',
  ],
  ['NotAuthorizedException', 'InitiateAuth', 'User is disabled.', 'user_disabled'],
  [
    'NotAuthorizedException',
    'InitiateAuth',
    'Temporary password has expired and must be reset by an administrator.',
    'password_reset_required',
  ],
  [
    'NotAuthorizedException',
    'InitiateAuth',
    'Client 123 is configured with secret but SECRET_HASH was not received',
    'server_misconfigured',
  ],
  ['NotAuthorizedException', 'SignUp', 'Unable to verify secret hash for client 123', 'server_misconfigured'],
  [
    'NotAuthorizedException',
    'GetTokensFromRefreshToken',
    'Client 123 is configured for secret but secret was not received',
    'server_misconfigured',
  ],
  [
    'NotAuthorizedException',
    'RespondToAuthChallenge',
    'Unable to verify secret hash for client 123',
    'invalid_session',
  ],
  [
    'NotAuthorizedException',
    'RespondToAuthChallenge',
    'Incorrect username or password.',
    'invalid_credentials',
  ],
  ['NotAuthorizedException', 'RespondToAuthChallenge', 'Invalid session for the user.', 'invalid_session'],
  [
    'NotAuthorizedException',
    'RespondToAuthChallenge',
    'Invalid session for the user, session is expired.',
    'invalid_session',
  ],
  [
    'NotAuthorizedException',
    'RespondToAuthChallenge',
    'Invalid session for the user, session can only be used once.',
    'invalid_session',
  ],
  ['NotAuthorizedException', 'GetTokensFromRefreshToken', 'Invalid Refresh Token', 'invalid_refresh_token'],
  [
    'NotAuthorizedException',
    'GetTokensFromRefreshToken',
    'Refresh Token has been revoked',
    'invalid_refresh_token',
  ],
  ['NotAuthorizedException', 'GetTokensFromRefreshToken', 'User is disabled.', 'user_disabled'],
  ['NotAuthorizedException', 'GetTokensFromRefreshToken', 'anything else', 'invalid_refresh_token'],
  ['NotAuthorizedException', 'InitiateAuth', 'Refresh Token has expired', 'invalid_refresh_token'],
  ['NotAuthorizedException', 'RevokeToken', 'anything', 'invalid_refresh_token'],
  ['EnableSoftwareTokenMFAException', 'VerifySoftwareToken', 'Code mismatch', 'code_mismatch'],
  ['ResourceNotFoundException', 'RevokeUserSession', 'Session does not exist.', 'not_found'],
  ['ResourceNotFoundException', 'UpdateAuthEventFeedback', 'Auth event does not exist.', 'not_found'],
  [
    'ResourceNotFoundException',
    'UpdateAuthEventFeedback',
    'User pool us-east-1_x does not exist.',
    'server_misconfigured',
  ],
  ['NotAuthorizedException', 'UpdateAuthEventFeedback', 'Invalid feedback token.', 'not_found'],
  ['InvalidParameterException', 'RevokeUserSession', 'The current session cannot be revoked.', 'conflict'],
  ['CodeMismatchException', 'VerifySoftwareToken', 'Code mismatch', 'code_mismatch'],
  ['SoftwareTokenMFANotFoundException', 'VerifySoftwareToken', 'anything', 'conflict'],
  ['SoftwareTokenMFANotFoundException', 'AssociateSoftwareToken', 'anything', 'operation_not_available'],
  [
    'InvalidParameterException',
    'SetUserMFAPreference',
    'User has not verified software token mfa',
    'conflict',
  ],
  ['NotAuthorizedException', 'GetUser', 'Access Token has expired', 'token_expired'],
  ['NotAuthorizedException', 'GetUser', 'Access Token has been revoked', 'invalid_token'],
  ['NotAuthorizedException', 'GetUser', 'Invalid Access Token', 'invalid_token'],
  ['NotAuthorizedException', 'GetUser', 'Access Token does not have required scopes', 'insufficient_scope'],
  ['NotAuthorizedException', 'GetUser', 'something new', 'invalid_token'],
  ['NotAuthorizedException', 'ChangePassword', 'Incorrect username or password.', 'wrong_password'],
  ['NotAuthorizedException', 'ChangePassword', 'Access Token has expired', 'token_expired'],
  [
    'NotAuthorizedException',
    'ConfirmSignUp',
    'User cannot be confirmed. Current status is CONFIRMED',
    'conflict',
  ],
  ['NotAuthorizedException', 'ConfirmSignUp', 'something new', 'rejected_by_pool'],
  [
    'NotAuthorizedException',
    'ForgotPassword',
    'User password cannot be reset in the current state.',
    'conflict',
  ],
  [
    'NotAuthorizedException',
    'SignUp',
    'SignUp is not permitted for this user pool',
    'operation_not_available',
  ],
  [
    'NotAuthorizedException',
    'SignUp',
    'A client attempted to write unauthorized attribute',
    'rejected_by_pool',
  ],
  [
    'InvalidParameterException',
    'InitiateAuth',
    'USER_PASSWORD_AUTH flow not enabled for this client',
    'server_misconfigured',
  ],
  [
    'InvalidParameterException',
    'InitiateAuth',
    'Custom auth lambda trigger is not configured for the user pool.',
    'server_misconfigured',
  ],
  [
    'InvalidParameterException',
    'RespondToAuthChallenge',
    'Missing required parameter Session',
    'invalid_session',
  ],
  ['InvalidParameterException', 'ResendConfirmationCode', 'User is already confirmed.', 'conflict'],
  [
    'InvalidParameterException',
    'ForgotPassword',
    'Cannot reset password for the user as there is no registered/verified email or phone_number',
    'conflict',
  ],
  [
    'InvalidParameterException',
    'SignUp',
    "1 validation error detected: Value 'hunter2' at 'userAttributes.1.member.value' failed to satisfy constraint",
    'rejected_by_pool',
  ],
  [
    'ResourceNotFoundException',
    'InitiateAuth',
    'User pool client 123 does not exist.',
    'server_misconfigured',
  ],
  ['ResourceNotFoundException', 'GetUser', 'Device does not exist.', 'not_found'],
  ['InvalidPasswordException', 'InitiateAuth', 'Invalid password', 'invalid_credentials'],
  ['UnauthorizedException', 'RevokeToken', 'Unauthorized', 'invalid_refresh_token'],
  ['UserNotConfirmedException', 'InitiateAuth', 'User is not confirmed.', 'user_not_confirmed'],
  ['PasswordResetRequiredException', 'InitiateAuth', 'Password reset required', 'password_reset_required'],
  ['UserNotFoundException', 'InitiateAuth', 'User does not exist.', 'user_not_found'],
  ['UnsupportedUserStateException', 'SignUp', '', 'conflict'],
  ['RefreshTokenReuseException', 'GetTokensFromRefreshToken', 'Reused', 'invalid_refresh_token'],
  ['UnsupportedTokenTypeException', 'RevokeToken', 'Unsupported', 'invalid_request'],
  ['UsernameExistsException', 'SignUp', 'User already exists', 'user_exists'],
  [
    'AliasExistsException',
    'ConfirmSignUp',
    'An account with the given email already exists.',
    'alias_exists',
  ],
  ['PasswordHistoryPolicyViolationException', 'ChangePassword', 'Used', 'password_reused'],
  ['CodeMismatchException', 'ConfirmSignUp', 'Invalid verification code provided', 'code_mismatch'],
  ['ExpiredCodeException', 'ConfirmSignUp', 'Invalid code provided, please request a code', 'code_expired'],
  ['EnableSoftwareTokenMFAException', 'RespondToAuthChallenge', 'Code mismatch', 'code_mismatch'],
  ['SoftwareTokenMFANotFoundException', 'RespondToAuthChallenge', '', 'operation_not_available'],
  ['MFAMethodNotFoundException', 'RespondToAuthChallenge', '', 'operation_not_available'],
  ['WebAuthnChallengeNotFoundException', 'RespondToAuthChallenge', '', 'invalid_session'],
  ['WebAuthnChallengeNotFoundException', 'CompleteWebAuthnRegistration', '', 'conflict'],
  ['LimitExceededException', 'CompleteWebAuthnRegistration', '', 'conflict'],
  ['ResourceNotFoundException', 'DeleteWebAuthnCredential', '', 'not_found'],
  ['WebAuthnClientMismatchException', 'RespondToAuthChallenge', '', 'rejected_by_pool'],
  ['WebAuthnCredentialNotSupportedException', 'RespondToAuthChallenge', '', 'rejected_by_pool'],
  ['WebAuthnOriginNotAllowedException', 'RespondToAuthChallenge', '', 'rejected_by_pool'],
  ['WebAuthnRelyingPartyMismatchException', 'RespondToAuthChallenge', '', 'rejected_by_pool'],
  ['WebAuthnNotEnabledException', 'RespondToAuthChallenge', '', 'operation_not_available'],
  ['WebAuthnConfigurationMissingException', 'RespondToAuthChallenge', '', 'server_misconfigured'],
  ['DeviceKeyExistsException', 'ConfirmDevice', 'Device already exists.', 'conflict'],
  ['UsernameExistsException', 'ConfirmDevice', '', 'conflict'],
  ['InvalidPasswordException', 'ConfirmDevice', '', 'rejected_by_pool'],
  ['InvalidParameterException', 'ConfirmDevice', 'Invalid device key given.', 'rejected_by_pool'],
  ['InvalidUserPoolConfigurationException', 'ListDevices', '', 'server_misconfigured'],
  ['ResourceNotFoundException', 'GetDevice', 'Device does not exist.', 'not_found'],
  ['ResourceNotFoundException', 'RespondToAuthChallenge', 'Device does not exist.', 'invalid_device'],
  ['ForbiddenException', 'SignUp', 'Request not allowed due to WAF block.', 'forbidden'],
  ['OperationNotEnabledException', 'ListUserSessions', '', 'operation_not_available'],
  ['FeatureUnavailableInTierException', 'RevokeUserSession', '', 'operation_not_available'],
  ['UnsupportedOperationException', 'InitiateAuth', '', 'operation_not_available'],
  ['OperationNotEnabledException', 'ListUserSessions', '', 'operation_not_available'],
  ['FeatureUnavailableInTierException', 'InitiateAuth', '', 'operation_not_available'],
  ['UserPoolAddOnNotEnabledException', 'InitiateAuth', '', 'operation_not_available'],
  ['TooManyRequestsException', 'GetUser', 'Rate exceeded', 'rate_limited'],
  ['LimitExceededException', 'ForgotPassword', 'Attempt limit exceeded', 'too_many_attempts'],
  ['TooManyFailedAttemptsException', 'ConfirmSignUp', '', 'too_many_attempts'],
  ['ConcurrentModificationException', 'SignUp', '', 'conflict'],
  ['InternalErrorException', 'SignUp', '', 'upstream_error'],
  ['InternalServerException', 'SignUp', '', 'upstream_error'],
  ['CodeDeliveryFailureException', 'SignUp', '', 'message_not_sent'],
  ['LimitExceededException', 'SignUp', 'Exceeded daily email limit for the operation', 'message_not_sent'],
  ['LimitExceededException', 'SignUp', 'SMS quota exceeded', 'message_not_sent'],
  [
    'InvalidParameterException',
    'ResendConfirmationCode',
    'Cannot resend codes. Auto verification not turned on.',
    'server_misconfigured',
  ],
  ['InvalidParameterException', 'SignUp', 'No SMS configuration', 'server_misconfigured'],
  ['UserLambdaValidationException', 'SignUp', 'CustomMessage failed with error x.', 'message_not_sent'],
  ['UnexpectedLambdaException', 'SignUp', 'CustomEmailSender failed', 'message_not_sent'],
  ['InvalidLambdaResponseException', 'SignUp', 'CustomSMSSender: bad output', 'message_not_sent'],
  ['UnexpectedLambdaException', 'SignUp', 'PreSignUp invocation failed', 'upstream_error'],
  ['InvalidLambdaResponseException', 'SignUp', '', 'upstream_error'],
  ['InvalidEmailRoleAccessPolicyException', 'SignUp', '', 'server_misconfigured'],
  ['InvalidSmsRoleAccessPolicyException', 'SignUp', '', 'server_misconfigured'],
  ['InvalidSmsRoleTrustRelationshipException', 'SignUp', '', 'server_misconfigured'],
  ['InvalidUserPoolConfigurationException', 'InitiateAuth', '', 'server_misconfigured'],
  ['InvalidOAuthFlowException', 'InitiateAuth', '', 'server_misconfigured'],
  ['AccessDeniedException', 'SignUp', '', 'server_misconfigured'],
  ['DuplicateProviderException', 'SignUp', '', 'server_misconfigured'],
  ['GroupExistsException', 'SignUp', '', 'server_misconfigured'],
  ['ManagedLoginBrandingExistsException', 'SignUp', '', 'server_misconfigured'],
  ['PreconditionNotMetException', 'SignUp', '', 'server_misconfigured'],
  ['ScopeDoesNotExistException', 'SignUp', '', 'server_misconfigured'],
  ['ServiceQuotaExceededException', 'SignUp', '', 'server_misconfigured'],
  ['TermsExistsException', 'SignUp', '', 'server_misconfigured'],
  ['TierChangeNotAllowedException', 'SignUp', '', 'server_misconfigured'],
  ['UnsupportedIdentityProviderException', 'SignUp', '', 'server_misconfigured'],
  ['UserImportInProgressException', 'SignUp', '', 'server_misconfigured'],
  ['UserPoolTaggingException', 'SignUp', '', 'server_misconfigured'],
];

/** The only exceptions whose message reaches the client, with the detail it becomes. */
const SHOWN: readonly (readonly [...Case, detail: string])[] = [
  [
    'InvalidPasswordException',
    'SignUp',
    'Password did not conform with policy: Password not long enough',
    'invalid_password',
    'Password did not conform with policy: Password not long enough',
  ],
  [
    'UserLambdaValidationException',
    'InitiateAuth',
    'PreAuthentication failed with error Tenant blocked.',
    'invalid_credentials',
    'Tenant blocked',
  ],
  [
    'UserLambdaValidationException',
    'SignUp',
    'PreSignUp failed with error Only addresses of example.com may sign up..',
    'rejected_by_pool',
    'Only addresses of example.com may sign up.',
  ],
];

/** The exceptions of the installed SDK, each with the HTTP status of its model. */
function modelledExceptions(): Map<string, number> {
  const schemas = sdk as unknown as Record<string, unknown>;
  const names = Object.entries(schemas)
    .filter(([, value]) => typeof value === 'function' && value.prototype instanceof Error)
    .map(([name]) => name)
    .filter((name) => name !== 'CognitoIdentityProviderServiceException');
  return new Map(
    names.map((name) => {
      const [, , , traits] = schemas[`${name}$`] as [
        number,
        string,
        string,
        { httpError?: number; error: string },
      ];
      return [name, traits.httpError ?? (traits.error === 'server' ? 500 : 400)];
    }),
  );
}

describe('Error map', () => {
  let fake: FakeCognito;
  let app: FakeApp;
  const models = modelledExceptions();

  before(async () => {
    fake = await startFakeCognito();
    app = fake.app({ concealUserExistence: false });
  });
  after(() => fake.close());

  it('knows every exception of the installed SDK', () => {
    expect(models.size).to.be.greaterThan(40);
    expect([...models.keys()].sort()).to.deep.equal([...EXCEPTION_NAMES].sort());
  });

  it('ends the rules of every exception with an unconditional one', () => {
    for (const name of models.keys()) {
      const fallback = ERROR_MAP.findLast(({ exception }) => exception === name);
      expect(fallback, name).to.not.equal(undefined);
      expect(fallback, name).to.not.have.any.keys('operations', 'message');
    }
  });

  it('has no rule that these tests leave out', () => {
    const tested = new Set(
      [...CASES, ...SHOWN, ...UPSTREAM_TEXTS, ...LOGGED_TEXTS].map(([name, operation, message]) =>
        ERROR_MAP.find(
          (rule) =>
            rule.exception === name &&
            (rule.operations?.includes(operation) ?? true) &&
            (rule.message?.test(message) ?? true),
        ),
      ),
    );
    expect(ERROR_MAP.filter((rule) => !tested.has(rule))).to.deep.equal([]);
  });

  for (const [name, operation, message, code] of CASES) {
    const marked = `${message} ${MARK}`;
    it(`maps ${name} "${message}" of ${operation} to ${PROBLEMS[code][0]} ${code} without the message`, async () => {
      // The service answers nearly all exceptions with 400, unlike the model of the SDK.
      for (const status of new Set([name === 'InternalErrorException' ? 500 : 400, models.get(name)])) {
        fake.answer = fail(name, marked, status);
        const response = expectProblem(await app.call(...OPERATION_CALLERS[operation]), code);
        expect(JSON.stringify([response.headers, response.body])).to.not.include(MARK);
      }
    });
  }

  for (const [name, operation, message, code, detail] of SHOWN) {
    it(`maps ${name} of ${operation} to ${code} with the reason as its detail`, async () => {
      fake.answer = fail(name, message);
      expect(expectProblem(await app.call(...OPERATION_CALLERS[operation]), code).body.detail).to.equal(
        detail,
      );
    });
  }
});

describe('Response to an exception of Cognito', () => {
  let fake: FakeCognito;
  let app: FakeApp;

  before(async () => {
    fake = await startFakeCognito();
    app = fake.app();
  });
  after(() => fake.close());

  it('has a WWW-Authenticate header by RFC 6750 if Cognito refuses the access token', async () => {
    const challenges = [
      ['Access Token has been revoked', 'error="invalid_token"'],
      ['Access Token has expired', 'error="invalid_token"'],
      ['Access Token does not have required scopes', 'error="insufficient_scope"'],
    ];
    for (const [message = '', error] of challenges) {
      fake.answer = fail('NotAuthorizedException', message);
      const response = await app.call('getMe');
      expect(response.headers['www-authenticate']).to.match(
        new RegExp(`^Bearer ${error}, error_description="`),
      );
    }
  });

  it('has a Retry-After header if Cognito throttles', async () => {
    fake.answer = fail('TooManyRequestsException', 'Rate exceeded');
    expect((await app.call('signIn')).headers['retry-after']).to.equal('5');
    fake.answer = fail('LimitExceededException', 'Attempt limit exceeded');
    expect((await app.call('changePassword')).headers['retry-after']).to.equal('900');
  });

  it('cuts the message of a trigger to 500 characters', async () => {
    fake.answer = fail('UserLambdaValidationException', `PreSignUp failed with error ${'x'.repeat(5000)}`);
    expect((await app.call('signUp')).body.detail).to.have.length(2020);
  });

  it('has a detail even if the exception has no message', async () => {
    for (const name of ['InvalidPasswordException', 'UserLambdaValidationException']) {
      fake.answer = fail(name, '');
      const { body } = await app.call('signUp');
      expect(body.detail).to.be.a('string').and.not.equal('');
    }
  });

  it('is 502 without the message if the exception is unknown', async () => {
    fake.answer = fail('BrandNewException', MARK);
    const response = expectProblem(await app.call('signIn'), 'upstream_error');
    expect(JSON.stringify(response.body)).to.not.include(MARK);
  });
});

describe('upstreamFault()', () => {
  const thrown = (name: string, properties: object = {}): Error =>
    Object.assign(new Error(MARK), { name }, properties);
  const codeOf = (error: unknown): string => upstreamFault(error, 'InitiateAuth').problem.code;

  it('maps the error code of a network failure', () => {
    for (const code of ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EMFILE']) {
      expect(codeOf(thrown('Error', { code })), code).to.equal('upstream_unavailable');
    }
    expect(codeOf(thrown('Error', { code: 'ECONNRESET' }))).to.equal('upstream_error');
    expect(codeOf(thrown('TimeoutError'))).to.equal('upstream_unavailable');
    expect(codeOf(thrown('TimeoutError', { code: 'ECONNRESET' }))).to.equal('upstream_error');
    expect(codeOf(thrown('Error', { code: 'ETIMEDOUT' }))).to.equal('upstream_timeout');
  });

  it('reads the errors inside an AggregateError and a cause', () => {
    const refused = thrown('Error', { code: 'ECONNREFUSED' });
    expect(codeOf(new AggregateError([refused, refused], 'both'))).to.equal('upstream_unavailable');
    expect(codeOf(new Error('x', { cause: refused }))).to.equal('upstream_unavailable');
  });

  it('maps the response of a gateway by its status', () => {
    const withStatus = (httpStatusCode: number): Error =>
      thrown('Unknown', { $metadata: { httpStatusCode } });
    expect(codeOf(withStatus(429))).to.equal('rate_limited');
    expect(codeOf(withStatus(502))).to.equal('upstream_error');
    expect(codeOf(withStatus(503))).to.equal('upstream_unavailable');
    expect(codeOf(withStatus(504))).to.equal('upstream_timeout');
    expect(codeOf(thrown('ThrottlingException'))).to.equal('rate_limited');
  });

  it('maps a thrown value that is not an Error to upstream_error', () => {
    for (const odd of [undefined, null, 'text', 7, {}]) expect(codeOf(odd)).to.equal('upstream_error');
  });

  it('quotes no error message to the client or the log', () => {
    for (const error of [
      thrown('Error', { code: 'ECONNRESET' }),
      thrown('SyntaxError'),
      thrown('TypeError'),
    ]) {
      expect(JSON.stringify(upstreamFault(error, 'SignUp'))).to.not.include(MARK);
    }
  });

  it('recognizes a server without the operation, and no other error with its status', () => {
    const lacking = ['UnknownOperationException', 'InvalidAction', 'NotImplemented', 'Unsupported'];
    for (const name of lacking) {
      expect(isUnknownOperation(thrown(name)), name).to.equal(true);
      expect(codeOf(thrown(name))).to.equal('operation_not_available');
    }
    for (const httpStatusCode of [404, 501]) {
      expect(isUnknownOperation(thrown('UnknownError', { $metadata: { httpStatusCode } }))).to.equal(true);
      const known = thrown('UserNotFoundException', { $metadata: { httpStatusCode } });
      expect(isUnknownOperation(known)).to.equal(false);
    }
    expect(isUnknownOperation(thrown('UnsupportedTokenTypeException'))).to.equal(false);
    expect(isUnknownOperation('UnknownOperation')).to.equal(false);
  });
});
