/**
 * The methods of the Cognito service that tutorials copy, over the endpoints of the kit. Results and error names are those of the AWS SDK,
 * so the controllers of an app stay as they are. See docs/migrate-from-a-cognito-service.md.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import express, { type Request, type RequestHandler } from 'express';
import {
  type CognitoRouter,
  type ProblemBody,
  problem,
  type SignInResult,
  type Tokens,
} from 'express-cognito-kit';
import serverless from 'serverless-http';

/** The SDK's name for an error code. Others are InvalidParameterException, and InternalErrorException from status 500 on. */
const EXCEPTIONS: Record<string, string> = {
  invalid_credentials: 'NotAuthorizedException',
  wrong_password: 'NotAuthorizedException',
  missing_token: 'NotAuthorizedException',
  invalid_token: 'NotAuthorizedException',
  token_expired: 'NotAuthorizedException',
  user_disabled: 'NotAuthorizedException',
  user_not_confirmed: 'UserNotConfirmedException',
  user_not_found: 'UserNotFoundException',
  user_exists: 'UsernameExistsException',
  alias_exists: 'AliasExistsException',
  invalid_code: 'CodeMismatchException',
  code_mismatch: 'CodeMismatchException',
  code_expired: 'ExpiredCodeException',
  invalid_password: 'InvalidPasswordException',
  password_blocked: 'InvalidPasswordException',
  password_reused: 'PasswordHistoryPolicyViolationException',
  password_reset_required: 'PasswordResetRequiredException',
  rejected_by_pool: 'UserLambdaValidationException',
  too_many_attempts: 'LimitExceededException',
  rate_limited: 'TooManyRequestsException',
};

type Refusal = Pick<ProblemBody, 'status' | 'code' | 'detail' | 'errors'>;

/** A refused call. `name` and `code` are the SDK's; `problem` has the kit's own code, and the invalid members. */
export class CognitoServiceError extends Error {
  readonly code: string;
  readonly statusCode: number;
  readonly problem: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.detail);
    const other = refusal.status < 500 ? 'InvalidParameterException' : 'InternalErrorException';
    this.name = this.code = EXCEPTIONS[refusal.code] ?? other;
    this.statusCode = refusal.status;
    this.problem = refusal;
  }
}

type Attributes = readonly { Name: string; Value: string }[];
type Response = { statusCode: number; headers: Record<string, string | undefined>; body: string };
type Delivery = { medium?: string; destination?: string; attribute?: string };
type Answer = { session?: string; tokens?: Tokens; status?: string; delivery?: Delivery };

/** The output of the SDK for a sign-in. Controllers read either member without a check. */
interface SignInOutput {
  AuthenticationResult?: ReturnType<typeof resultOf>['AuthenticationResult'];
  ChallengeName?: string;
  Session?: string | undefined;
  ChallengeParameters?: Record<string, unknown>;
}

/** The request that a controller handles, for every instance of the class. */
const requests = new AsyncLocalStorage<Request>();

export class CognitoService {
  /** Middleware before the controllers. The rate limits count the client of the request, not this process. */
  static readonly forClient: RequestHandler = (req, _res, next) => requests.run(req, next);

  readonly #run: ReturnType<typeof serverless>;
  readonly #nameMember: 'email' | 'username' | 'phoneNumber';

  /** `signInWith` as in the options of the router. Its transport is `bearer` or `both`, because the methods return tokens. */
  constructor(auth: CognitoRouter, signInWith: 'email' | 'username' | 'phoneNumber' = 'email') {
    this.#run = serverless(express().use(auth));
    this.#nameMember = signInWith;
  }

  async signUp(username: string, password: string, userAttributes: Attributes = []) {
    const attributes = Object.fromEntries(userAttributes.map(({ Name, Value }) => [Name, Value]));
    const { session, status, delivery } = await this.#post('/sign-up', {
      ...this.#name(username),
      password,
      attributes,
    });
    return { UserConfirmed: status === 'confirmed', Session: session, ...deliveryOf(delivery) };
  }

  /** With the `Session` of the sign-up, another client's sign-up for the same name cannot disturb it. */
  async confirmSignUp(username: string, confirmationCode: string, session?: string) {
    const { status } = await this.#post('/confirm-sign-up', {
      ...this.#name(username),
      confirmationCode,
      session,
    });
    if (status === 'password_reset_required') throw new CognitoServiceError(problem(status));
    return {};
  }

  async resendConfirmationCode(username: string) {
    const { delivery } = await this.#post('/resend-confirmation-code', this.#name(username));
    return deliveryOf(delivery);
  }

  async signIn(username: string, password: string): Promise<SignInOutput> {
    const result = (await this.#post('/sign-in', { ...this.#name(username), password })) as SignInResult;
    if (result.status === 'complete') return resultOf(result.tokens);
    const { name, session, parameters, username: USERNAME } = result.challenge;
    return { ChallengeName: name, Session: session, ChallengeParameters: { ...parameters, USERNAME } };
  }

  async forgotPassword(username: string) {
    const { delivery } = await this.#post('/forgot-password', this.#name(username));
    return deliveryOf(delivery);
  }

  async confirmForgotPassword(username: string, confirmationCode: string, newPassword: string) {
    await this.#post('/confirm-forgot-password', { ...this.#name(username), confirmationCode, newPassword });
    return {};
  }

  /** Ends every session of the user. The result has the tokens of a new one. */
  async changePassword(accessToken: string, oldPassword: string, newPassword: string) {
    const { tokens } = await this.#post('/change-password', { oldPassword, newPassword }, accessToken);
    return tokens ? resultOf(tokens) : {};
  }

  async globalSignOut(accessToken: string) {
    await this.#post('/sign-out', { everywhere: true }, accessToken);
    return {};
  }

  #name(username: string): object {
    return { [this.#nameMember]: username };
  }

  /** Passes the request through the router in this process: its validation, limits, hooks, events and error map. */
  async #post(path: string, body: object, accessToken?: string): Promise<Answer> {
    const req = requests.getStore();
    if (!req)
      throw new Error('Write app.use(CognitoService.forClient) before the routes that call CognitoService.');
    const event = {
      httpMethod: 'POST',
      path,
      body: JSON.stringify(body),
      requestContext: { identity: { sourceIp: req.ip } },
      headers: {
        'content-type': 'application/json',
        'user-agent': req.get('user-agent') ?? '',
        ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
      },
    };
    const response = (await this.#run(event, {})) as Response;
    if (!response.headers['content-type']?.includes('json'))
      throw new TypeError(
        `POST ${path} did not answer with JSON: an option or a hook of the router changes it.`,
      );
    const answer: unknown = JSON.parse(response.body);
    if (response.statusCode < 400) return answer as Answer;
    const refusal = answer as ProblemBody;
    if (refusal.code === 'cross_site_request')
      throw new TypeError("CognitoService returns tokens: set the option transport to 'bearer' or 'both'.");
    throw new CognitoServiceError(refusal);
  }
}

function resultOf({ accessToken, idToken, refreshToken, expiresIn, tokenType }: Tokens) {
  return {
    AuthenticationResult: {
      AccessToken: accessToken,
      IdToken: idToken,
      RefreshToken: refreshToken,
      ExpiresIn: expiresIn,
      TokenType: tokenType,
    },
  };
}

/** Only a router with `concealUserExistence: false` tells the destination of a code. */
function deliveryOf(delivery: Delivery | undefined) {
  const { medium: DeliveryMedium, destination: Destination, attribute: AttributeName } = delivery ?? {};
  return { CodeDeliveryDetails: delivery && { DeliveryMedium, Destination, AttributeName } };
}
