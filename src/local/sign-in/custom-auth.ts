import { invalidParameter, missingParameter, userDisabled, wrongPassword } from '../model/errors.ts';
import type { AppClient } from '../model/pool.ts';
import type {
  CustomFlow,
  PosedCustomChallenge,
  SignInContext,
  SignInStep,
  Texts,
} from '../model/sign-in-state.ts';
import type { ChallengeResult } from '../model/triggers.ts';
import { newSub, newUser, type User } from '../model/user.ts';
import { codeOf } from '../triggers/lambda-config.ts';
import { attributesForTrigger, booleanOf, runTrigger, textsOf } from '../triggers/run-trigger.ts';
import { invalidTriggerAnswer } from '../triggers/trigger-errors.ts';
import { namedDevice } from '../users/devices.ts';
import { findSession, invalidSession, openSession } from './sessions.ts';
import { finishSignIn } from './sign-in-triggers.ts';
import { beginSrp, inventUserId } from './srp.ts';

const FLOW_TRIGGERS = ['defineAuthChallenge', 'createAuthChallenge', 'verifyAuthChallengeResponse'] as const;

/** Starts CUSTOM_AUTH with a custom challenge or, with CHALLENGE_NAME=SRP_A, with SRP. */
export async function beginCustomAuth(
  client: AppClient,
  who: { readonly username: string; readonly found: User | undefined },
  parameters: Texts,
): Promise<SignInStep> {
  const { username, found } = who;
  // Cognito takes CHALLENGE_NAME=SRP_A without an SRP_A for a flow without SRP.
  const clientShared = parameters.CHALLENGE_NAME === 'SRP_A' ? parameters.SRP_A : undefined;
  if (!FLOW_TRIGGERS.every((name) => codeOf(client.pool, name))) {
    throw invalidParameter('Custom auth lambda trigger is not configured for the user pool.');
  }
  const flow: CustomFlow = {
    user: found ?? unknownUser(client, username),
    userNotFound: !found,
    username,
    session: clientShared ? [{ challengeName: 'SRP_A', challengeResult: true }] : [],
  };
  // An unknown user has no devices, and an unknown device reveals nothing about the user.
  const device = namedDevice(client, flow.user, parameters);
  return continueCustomAuth(client, flow, { device, clientShared });
}

/** Adds a passed challenge of Cognito's own to the flow. */
export function passed(flow: CustomFlow, challengeName: string): CustomFlow {
  return withResult(flow, { challengeName, challengeResult: true });
}

/** Answers a custom challenge. Any answer spends the session; the triggers decide what follows a wrong one. */
export async function answerCustomChallenge(
  client: AppClient,
  given: {
    readonly username: string;
    readonly responses: Texts;
    readonly session: string | undefined;
    readonly clientMetadata: Texts | undefined;
  },
): Promise<SignInStep> {
  const session = findSession(client.pool, given.session, 'CUSTOM_CHALLENGE');
  const { posedChallenge } = session;
  if (session.client !== client || !posedChallenge || !isAbout(client, posedChallenge.flow, given.username)) {
    throw invalidSession();
  }
  const { flow, privateParameters: privateChallengeParameters, metadata } = posedChallenge;
  if (!flow.user.enabled) throw userDisabled();
  const { ANSWER: challengeAnswer } = given.responses;
  if (!challengeAnswer) throw missingParameter('ANSWER');
  const device =
    namedDevice(client, flow.user, given.responses) ?? flow.user.devices.get(session.deviceKey ?? '');
  session.spent = true;
  const { clientMetadata } = given;
  const answer = await runTrigger(client.pool, 'verifyAuthChallengeResponse', {
    source: 'VerifyAuthChallengeResponse_Authentication',
    ...whoIn(client, flow),
    request: { ...aboutUser(client, flow, clientMetadata), privateChallengeParameters, challengeAnswer },
    response: { answerCorrect: null },
  });
  const result = {
    challengeName: 'CUSTOM_CHALLENGE',
    challengeResult: booleanOf(answer?.answerCorrect),
    ...(metadata !== undefined && { challengeMetadata: metadata }),
  };
  return continueCustomAuth(client, withResult(flow, result), { device, clientMetadata });
}

/** Runs defineAuthChallenge, which decides the next step: a challenge, tokens or a refusal. */
export async function continueCustomAuth(
  client: AppClient,
  flow: CustomFlow,
  how: Omit<SignInContext, 'custom'> & { readonly clientShared?: string | undefined },
): Promise<SignInStep> {
  const answer = await runTrigger(client.pool, 'defineAuthChallenge', {
    source: 'DefineAuthChallenge_Authentication',
    ...whoIn(client, flow),
    request: { ...aboutUser(client, flow, how.clientMetadata), session: [...flow.session] },
    response: { challengeName: null, issueTokens: null, failAuthentication: null },
  });
  if (booleanOf(answer?.failAuthentication)) throw wrongPassword();
  if (booleanOf(answer?.issueTokens)) {
    // An unknown user gets no tokens, whatever the trigger decides.
    if (flow.userNotFound) throw wrongPassword();
    return finishSignIn(client, flow.user, 'TokenGeneration_Authentication', how);
  }
  if (answer?.challengeName === 'CUSTOM_CHALLENGE') return pose(client, flow, how);
  if (answer?.challengeName === 'PASSWORD_VERIFIER' && how.clientShared !== undefined) {
    const user = flow.userNotFound ? undefined : flow.user;
    return beginSrp(client, user, flow.username, how.clientShared, flow);
  }
  throw invalidTriggerAnswer();
}

async function pose(
  client: AppClient,
  flow: CustomFlow,
  { device, clientMetadata }: Omit<SignInContext, 'custom'>,
): Promise<SignInStep> {
  const answer = await runTrigger(client.pool, 'createAuthChallenge', {
    source: 'CreateAuthChallenge_Authentication',
    ...whoIn(client, flow),
    request: {
      ...aboutUser(client, flow, clientMetadata),
      challengeName: 'CUSTOM_CHALLENGE',
      session: [...flow.session],
    },
    response: {
      publicChallengeParameters: null,
      privateChallengeParameters: null,
      challengeMetadata: null,
    },
  });
  const metadata = answer?.challengeMetadata;
  const posedChallenge: PosedCustomChallenge = {
    flow,
    privateParameters: textsOf(answer?.privateChallengeParameters),
    metadata: typeof metadata === 'string' ? metadata : undefined,
  };
  return {
    ChallengeName: 'CUSTOM_CHALLENGE',
    ChallengeParameters: { ...textsOf(answer?.publicChallengeParameters), USERNAME: flow.user.username },
    Session: openSession(client, flow.user, 'CUSTOM_CHALLENGE', {
      posedChallenge,
      ...(device && { deviceKey: device.key }),
    }),
  };
}

function withResult(flow: CustomFlow, result: ChallengeResult): CustomFlow {
  return { ...flow, session: [...flow.session, result] };
}

function whoIn(client: AppClient, flow: CustomFlow): { clientId: string; userName: string } {
  return { clientId: client.id, userName: flow.userNotFound ? flow.username : flow.user.username };
}

function aboutUser(
  { pool }: AppClient,
  { user, userNotFound }: CustomFlow,
  clientMetadata: Texts | undefined,
): { userAttributes: Texts; userNotFound: boolean; clientMetadata?: Texts } {
  return {
    userAttributes: userNotFound ? {} : attributesForTrigger(pool, user),
    userNotFound,
    ...(clientMetadata && { clientMetadata }),
  };
}

function isAbout({ pool }: AppClient, { user, userNotFound, username }: CustomFlow, given: string): boolean {
  return userNotFound ? given === user.username || given === username : pool.users.find(given) === user;
}

function unknownUser({ pool }: AppClient, username: string): User {
  return newUser(inventUserId(pool, username), newSub(), 'CONFIRMED', pool.now());
}
