import { randomBytes, randomUUID } from 'node:crypto';
import { type Outgoing, post, withOutbox } from '../messages/outbox.ts';
import { CognitoError, notAuthorized, resourceNotFound } from '../model/errors.ts';
import { isObject } from '../model/json-object.ts';
import type { AppClient, ServerState, UserPool } from '../model/pool.ts';
import type { AuthenticationResult } from '../model/sign-in-state.ts';
import type { AuthEvent, Feedback, User } from '../model/user.ts';
import { signInOfAccessToken } from '../tokens/tokens.ts';
import { existingUser } from '../users/find-user.ts';
import { exceptionFor, lowRiskAction } from '../users/risk-settings.ts';
import { checkInput, integer, oneOf, required, text } from '../wire/input.ts';
import { pageToken, poolId, username } from '../wire/members.ts';
import { pageOf } from '../wire/pagination.ts';
import { limited } from './limitations.ts';
import { findPool, type Operation, type OperationTable, openOperation, poolOperation } from './operation.ts';

/** The members of InitiateAuth and RespondToAuthChallenge that name the user and the IP address. */
interface SignInRequest {
  readonly ClientId: string;
  readonly AuthParameters?: { readonly USERNAME?: string };
  readonly ChallengeResponses?: { readonly USERNAME?: string };
  readonly UserContextData?: { readonly IpAddress?: string };
  /** From administrators only. */
  readonly ContextData?: { readonly IpAddress: string };
}

/** Exceptions for a wrong password or code. */
const REFUSALS = ['NotAuthorizedException', 'CodeMismatchException', 'ExpiredCodeException'];

/** The API reference: "returns 60 events". */
const LARGEST_PAGE = 60;
const KEPT_EVENTS = 1000;

/** The address of every client that does not send another one. */
const OWN_ADDRESS = '127.0.0.1';

const eventShape = {
  Username: required(username),
  EventId: required(text({ min: 1, max: 50, pattern: /[\w+-]+/ })),
  FeedbackValue: required(oneOf<Feedback>('Valid', 'Invalid')),
};

/** The sign-ins recorded by threat protection, and the feedback on them. */
export const authEventOperations: OperationTable = {
  UpdateAuthEventFeedback: openOperation(
    {
      UserPoolId: required(poolId),
      ...eventShape,
      FeedbackToken: required(text({ pattern: /[A-Za-z0-9-_=.]+/, sensitive: true })),
    },
    (service, input) => {
      const pool = findPool(service, input.UserPoolId);
      const event = findEvent(existingUserOf(pool, input.Username), input.EventId);
      if (event.feedbackToken === undefined || event.feedbackToken !== input.FeedbackToken) {
        throw notAuthorized('Invalid feedback token.');
      }
      event.feedback = { value: input.FeedbackValue, provider: 'User', at: pool.now() };
      return {};
    },
  ),

  AdminUpdateAuthEventFeedback: poolOperation(eventShape, (pool, input) => {
    const event = findEvent(existingUserOf(pool, input.Username), input.EventId);
    event.feedback = { value: input.FeedbackValue, provider: 'Admin', at: pool.now() };
    return {};
  }),

  AdminListUserAuthEvents: limited(
    'A new IP address is the only risk, with the level Low. Sign-ins at the pages of managed login are not recorded.',
    poolOperation(
      { Username: required(username), MaxResults: integer(0, LARGEST_PAGE), NextToken: pageToken },
      (pool, input) => {
        const newestFirst = existingUserOf(pool, input.Username).authEvents.toReversed();
        const { items, next } = pageOf(newestFirst, input.MaxResults || LARGEST_PAGE, input.NextToken);
        return { AuthEvents: items.map(eventOut), NextToken: next };
      },
    ),
  ),
};

/** Wraps the sign-in operations to record the outcome of each sign-in. An open challenge is not recorded. */
export function recordingSignIns(operations: OperationTable): OperationTable {
  const recording = Object.entries(operations).map(([name, operation]) => {
    const run = async (service: ServerState, body: unknown): Promise<object> => {
      refuseBlockedAddress(service, operation, body);
      let answer: { AuthenticationResult?: AuthenticationResult };
      try {
        answer = await operation.run(service, body);
      } catch (error) {
        if (error instanceof CognitoError && REFUSALS.includes(error.name))
          recordFail(service, body as SignInRequest);
        throw error;
      }
      if (answer.AuthenticationResult)
        await recordPass(service, name, body as SignInRequest, answer.AuthenticationResult);
      return answer;
    };
    return [name, { ...operation, run }] as const;
  });
  return Object.fromEntries(recording);
}

async function recordPass(
  service: ServerState,
  operation: string,
  request: SignInRequest,
  { AccessToken }: AuthenticationResult,
): Promise<void> {
  // A refresh is not a sign-in.
  if (nameIn(request) === undefined) return;
  const client = service.clients.get(request.ClientId);
  const signIn = client && signInOfAccessToken(client.pool, AccessToken);
  if (!signIn) return;
  const { user, eventId: id } = signIn;
  const { blocked, warning } = record(client, user, request, { id, outcome: 'Pass' });
  const warn = (): void => {
    if (warning) post(client.pool, user, warning);
  };
  if (!blocked) return warn();
  signIn.revoked = true;
  // An operation that is refused sends no messages, except this one.
  await withOutbox(operation, request, warn);
  throw securityReasons();
}

/** Refuses a sign-in from an address of BlockedIPRangeList, before the password check. */
function refuseBlockedAddress(service: ServerState, { shape }: Operation, body: unknown): void {
  const client = isObject(body) ? service.clients.get(String(body.ClientId)) : undefined;
  if (!client || !enforces(client) || client.pool.riskConfigurations.size === 0) return;
  checkInput(shape, body);
  const request = body as unknown as SignInRequest;
  if (nameIn(request) === undefined || exceptionFor(client, addressIn(client, request)) !== 'blocked') return;
  recordFail(service, request);
  throw securityReasons();
}

function enforces({ pool }: AppClient): boolean {
  return pool.settings.UserPoolAddOns?.AdvancedSecurityMode === 'ENFORCED';
}

function securityReasons(): CognitoError {
  return notAuthorized('Unable to login because of security reasons.');
}

function recordFail(service: ServerState, request: SignInRequest): void {
  const client = service.clients.get(request.ClientId);
  const user = client?.pool.users.find(nameIn(request) ?? '');
  if (client && user) record(client, user, request, { id: randomUUID(), outcome: 'Fail' });
}

function nameIn({ AuthParameters, ChallengeResponses }: SignInRequest): string | undefined {
  return AuthParameters?.USERNAME ?? ChallengeResponses?.USERNAME;
}

function record(
  client: AppClient,
  user: User,
  request: SignInRequest,
  { id, outcome }: Pick<AuthEvent, 'id' | 'outcome'>,
): { blocked: boolean; warning?: Outgoing } {
  const { pool } = client;
  const { AdvancedSecurityMode = 'OFF' } = pool.settings.UserPoolAddOns ?? {};
  if (AdvancedSecurityMode === 'OFF') return { blocked: false };
  const ipAddress = addressIn(client, request);
  const known = user.authEvents.filter((event) => event.outcome === 'Pass').map((event) => event.ipAddress);
  // Cognito's risk assessment is not documented. Here, a new address is risky for a user with known ones.
  const exception = exceptionFor(client, ipAddress);
  const risky = exception === undefined && known.length > 0 && !known.includes(ipAddress);
  const { Notify, EventAction } = lowRiskAction(client);
  const to = user.attributes.get('email');
  // AUDIT only records.
  const responds = risky && outcome === 'Pass' && enforces(client);
  const refused = responds && EventAction === 'BLOCK';
  const blocked = refused || (exception === 'blocked' && enforces(client));
  const tell = responds && Notify && to !== undefined;
  const feedbackToken = tell ? randomBytes(96).toString('base64url') : undefined;
  if (user.authEvents.length >= KEPT_EVENTS) user.authEvents.shift();
  user.authEvents.push({
    id,
    at: pool.now(),
    outcome: blocked ? 'Fail' : outcome,
    blocked,
    ipAddress,
    risky,
    feedbackToken,
    feedback: undefined,
  });
  if (feedbackToken === undefined || to === undefined) return { blocked };
  return {
    blocked,
    warning: { to, medium: 'EMAIL', kind: 'risky_sign_in', code: feedbackToken, eventId: id },
  };
}

/** Returns the client's address if an administrator sent it, or an app client that is allowed to propagate it. */
function addressIn({ settings }: AppClient, { UserContextData, ContextData }: SignInRequest): string {
  if (ContextData) return ContextData.IpAddress;
  const mayTell = settings.EnablePropagateAdditionalUserContextData === true;
  return (mayTell ? UserContextData?.IpAddress : undefined) ?? OWN_ADDRESS;
}

function existingUserOf(pool: UserPool, name: string): User {
  if ((pool.settings.UserPoolAddOns?.AdvancedSecurityMode ?? 'OFF') === 'OFF') {
    throw new CognitoError(
      'UserPoolAddOnNotEnabledException',
      'Threat protection is not enabled for the user pool.',
    );
  }
  return existingUser(pool, name);
}

function findEvent(user: User, id: string): AuthEvent {
  const event = user.authEvents.find((each) => each.id === id);
  if (!event) throw resourceNotFound('Auth event does not exist.');
  return event;
}

function eventOut({ id, at, outcome, ipAddress, risky, blocked, feedback }: AuthEvent): object {
  return {
    EventId: id,
    EventType: 'SignIn',
    CreationDate: at / 1000,
    EventResponse: outcome,
    EventRisk: {
      RiskDecision: blocked ? 'Block' : risky ? 'AccountTakeover' : 'NoRisk',
      ...(risky && { RiskLevel: 'Low' }),
      CompromisedCredentialsDetected: false,
    },
    EventContextData: { IpAddress: ipAddress },
    ...(feedback && {
      EventFeedback: {
        FeedbackValue: feedback.value,
        Provider: feedback.provider,
        FeedbackDate: feedback.at / 1000,
      },
    }),
  };
}
