import { invalidParameter, missingParameter } from '../model/errors.ts';
import type { AppClient } from '../model/pool.ts';
import { DEFAULT_AUTH_FLOWS, requireTier, rotatesRefreshTokens } from '../model/settings-rules.ts';
import { answerChallenge } from '../sign-in/challenges.ts';
import { answerCustomChallenge, beginCustomAuth, passed } from '../sign-in/custom-auth.ts';
import {
  answerFirstFactor,
  beginFirstFactor,
  isFirstFactorAnswer,
  signInAfterSignUp,
} from '../sign-in/first-factors.ts';
import {
  afterPassword,
  checkSigningIn,
  findForPassword,
  findSigningIn,
  proveWithPassword,
} from '../sign-in/password.ts';
import { checkSecretHash } from '../sign-in/secret-hash.ts';
import { askBeforeSignIn } from '../sign-in/sign-in-triggers.ts';
import { beginSrp, endSrp } from '../sign-in/srp.ts';
import { runPreTokenGeneration } from '../tokens/pre-token-generation.ts';
import { findRefreshToken, refresh } from '../tokens/tokens.ts';
import { type InputOf, oneOf, required, stringMap } from '../wire/input.ts';
import {
  analyticsMetadata,
  clientId,
  clientMetadata,
  contextData,
  session,
  userContextData,
} from '../wire/members.ts';
import { clientOperation, findClient, type OperationTable, poolOperation } from './operation.ts';

type Parameters = Readonly<Record<string, string>>;

/** Values of ExplicitAuthFlows that allow each AuthFlow, legacy names included. */
const FLOWS = {
  USER_SRP_AUTH: ['ALLOW_USER_SRP_AUTH'],
  REFRESH_TOKEN_AUTH: ['ALLOW_REFRESH_TOKEN_AUTH'],
  REFRESH_TOKEN: ['ALLOW_REFRESH_TOKEN_AUTH'],
  CUSTOM_AUTH: ['ALLOW_CUSTOM_AUTH', 'CUSTOM_AUTH_FLOW_ONLY'],
  ADMIN_NO_SRP_AUTH: ['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ADMIN_NO_SRP_AUTH'],
  USER_PASSWORD_AUTH: ['ALLOW_USER_PASSWORD_AUTH', 'USER_PASSWORD_AUTH'],
  ADMIN_USER_PASSWORD_AUTH: ['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ADMIN_NO_SRP_AUTH'],
  USER_AUTH: ['ALLOW_USER_AUTH'],
} as const;

type AuthFlow = keyof typeof FLOWS;

const initiateShape = {
  AuthFlow: required(oneOf(...(Object.keys(FLOWS) as AuthFlow[]))),
  AuthParameters: stringMap(),
  AnalyticsMetadata: analyticsMetadata,
  ClientMetadata: clientMetadata,
  Session: session,
};

const respondShape = {
  ChallengeName: required(
    oneOf(
      'SMS_MFA',
      'EMAIL_OTP',
      'SOFTWARE_TOKEN_MFA',
      'SELECT_MFA_TYPE',
      'MFA_SETUP',
      'PASSWORD_VERIFIER',
      'CUSTOM_CHALLENGE',
      'SELECT_CHALLENGE',
      'DEVICE_SRP_AUTH',
      'DEVICE_PASSWORD_VERIFIER',
      'ADMIN_NO_SRP_AUTH',
      'NEW_PASSWORD_REQUIRED',
      'SMS_OTP',
      'PASSWORD',
      'WEB_AUTHN',
      'PASSWORD_SRP',
    ),
  ),
  Session: session,
  ChallengeResponses: stringMap(),
  AnalyticsMetadata: analyticsMetadata,
  ClientMetadata: clientMetadata,
};

const adminShape = { ClientId: required(clientId), ContextData: contextData };

export const signInOperations: OperationTable = {
  InitiateAuth: clientOperation({ ...initiateShape, UserContextData: userContextData }, (client, input) => {
    refuseFlows(input.AuthFlow, 'ADMIN_USER_PASSWORD_AUTH', 'ADMIN_NO_SRP_AUTH');
    return initiate(client, input);
  }),
  RespondToAuthChallenge: clientOperation({ ...respondShape, UserContextData: userContextData }, respond),
  AdminInitiateAuth: poolOperation({ ...adminShape, ...initiateShape }, (pool, input) => {
    refuseFlows(input.AuthFlow, 'USER_PASSWORD_AUTH');
    return initiate(findClient(pool.service, input.ClientId, pool), input);
  }),
  AdminRespondToAuthChallenge: poolOperation({ ...adminShape, ...respondShape }, (pool, input) =>
    respond(findClient(pool.service, input.ClientId, pool), input),
  ),
};

function initiate(client: AppClient, input: InputOf<typeof initiateShape>): object | Promise<object> {
  const { AuthFlow: flow, AuthParameters: parameters = {} } = input;
  checkFlow(client, flow);
  switch (flow) {
    case 'USER_PASSWORD_AUTH':
    case 'ADMIN_USER_PASSWORD_AUTH':
    case 'ADMIN_NO_SRP_AUTH':
      return signInWithPassword(client, parameters, input.ClientMetadata);
    case 'USER_SRP_AUTH':
      return signInWithSrp(client, parameters, input.ClientMetadata);
    case 'USER_AUTH':
      return signInByChoice(client, parameters, input);
    case 'CUSTOM_AUTH':
      return signInWithTriggers(client, parameters, input.ClientMetadata);
    case 'REFRESH_TOKEN_AUTH':
    case 'REFRESH_TOKEN':
      return signInAgain(client, parameters);
  }
}

function respond(client: AppClient, input: InputOf<typeof respondShape>): object | Promise<object> {
  const { ChallengeName: name, ChallengeResponses: responses = {}, Session: session } = input;
  const { ClientMetadata: clientMetadata } = input;
  const username = parameter(responses, 'USERNAME');
  checkSecretHash(client, responses.SECRET_HASH, username);
  if (name === 'PASSWORD_VERIFIER') {
    const { user, proven, custom } = endSrp(client, username, responses);
    checkSigningIn(user);
    return afterPassword(client, user, {
      isRight: () => proven,
      given: responses,
      custom: custom && passed(custom, name),
      clientMetadata,
    });
  }
  const answer = { name, username, responses, session, clientMetadata };
  if (name === 'CUSTOM_CHALLENGE') return answerCustomChallenge(client, answer);
  return isFirstFactorAnswer(client, answer)
    ? answerFirstFactor(client, answer)
    : answerChallenge(client, answer);
}

async function signInWithPassword(
  client: AppClient,
  parameters: Parameters,
  clientMetadata: Parameters | undefined,
): Promise<object> {
  const username = parameter(parameters, 'USERNAME');
  const password = parameter(parameters, 'PASSWORD');
  checkSecretHash(client, parameters.SECRET_HASH, username);
  return proveWithPassword(client, { username, password, given: parameters, clientMetadata });
}

function signInByChoice(
  client: AppClient,
  parameters: Parameters,
  {
    Session,
    ClientMetadata: clientMetadata,
  }: Pick<InputOf<typeof initiateShape>, 'Session' | 'ClientMetadata'>,
): Promise<object> {
  const username = parameter(parameters, 'USERNAME');
  checkSecretHash(client, parameters.SECRET_HASH, username);
  return Session === undefined
    ? beginFirstFactor(client, username, { given: parameters, clientMetadata })
    : signInAfterSignUp(client, username, { session: Session, clientMetadata });
}

async function signInWithSrp(
  client: AppClient,
  parameters: Parameters,
  clientMetadata: Parameters | undefined,
): Promise<object> {
  const username = parameter(parameters, 'USERNAME');
  const shared = parameter(parameters, 'SRP_A');
  checkSecretHash(client, parameters.SECRET_HASH, username);
  const user = findForPassword(client, username);
  await askBeforeSignIn(client, { username, user, clientMetadata });
  return beginSrp(client, user, username, shared);
}

async function signInWithTriggers(
  client: AppClient,
  parameters: Parameters,
  clientMetadata: Parameters | undefined,
): Promise<object> {
  const username = parameter(parameters, 'USERNAME');
  checkSecretHash(client, parameters.SECRET_HASH, username);
  const found = findSigningIn(client, username);
  await askBeforeSignIn(client, { username, user: found, clientMetadata });
  return beginCustomAuth(client, { username, found }, parameters);
}

/** Refreshes. SECRET_HASH contains the token's username, because the request has no USERNAME. */
async function signInAgain(client: AppClient, parameters: Parameters): Promise<object> {
  const token = findRefreshToken(client, parameter(parameters, 'REFRESH_TOKEN'));
  checkSecretHash(client, parameters.SECRET_HASH, token.signIn.user.username);
  // InitiateAuth does not pass ClientMetadata to this trigger.
  const AuthenticationResult = await refresh(token, parameters.DEVICE_KEY, ({ user, scopes }) =>
    runPreTokenGeneration(client, user, 'TokenGeneration_RefreshTokens', undefined, scopes),
  );
  return { ChallengeParameters: {}, AuthenticationResult };
}

/** Refuses flows that only the other one of InitiateAuth and AdminInitiateAuth allows. */
function refuseFlows(flow: AuthFlow, ...refused: readonly AuthFlow[]): void {
  if (refused.includes(flow)) throw invalidParameter('Initiate Auth method not supported.');
}

export function checkFlow(client: AppClient, flow: AuthFlow): void {
  const { ExplicitAuthFlows } = client.settings;
  const allowed: readonly string[] = ExplicitAuthFlows?.length ? ExplicitAuthFlows : DEFAULT_AUTH_FLOWS;
  const refreshing = flow.startsWith('REFRESH_TOKEN');
  const always = !allowed.some((name) => name.startsWith('ALLOW_')) && isOnForLegacyNames(flow, allowed);
  const rotates = refreshing && rotatesRefreshTokens(client.settings);
  if (rotates || !(always || FLOWS[flow].some((name) => allowed.includes(name)))) {
    throw invalidParameter(notEnabled(flow));
  }
  if (flow === 'USER_AUTH') requireTier(client.pool.settings, 'ESSENTIALS', 'Choice-based sign-in');
}

/** Cognito words the refusal differently for the flows of administrators, and for SRP and triggers. */
function notEnabled(flow: AuthFlow): string {
  if (flow.startsWith('ADMIN_')) return 'Auth flow not enabled for this client';
  if (flow === 'USER_SRP_AUTH' || flow === 'CUSTOM_AUTH') return `${flow} is not enabled for the client.`;
  return `${flow} flow not enabled for this client`;
}

/** Legacy flow names, without ALLOW_, only add flows: refresh is always on, SRP and triggers unless there are only triggers. */
function isOnForLegacyNames(flow: AuthFlow, names: readonly string[]): boolean {
  if (flow.startsWith('REFRESH_TOKEN')) return true;
  const onlyTriggers = names.includes('CUSTOM_AUTH_FLOW_ONLY');
  return flow === 'CUSTOM_AUTH' || (flow === 'USER_SRP_AUTH' && !onlyTriggers);
}

function parameter(parameters: Parameters, name: string): string {
  const value = parameters[name];
  if (!value) throw missingParameter(name);
  return value;
}
