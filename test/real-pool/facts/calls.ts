import { type ContractPool, type ContractUser, outcomeOf, type WireAnswer } from '../contract-pool.ts';

export function signUp(pool: ContractPool, { email, password }: ContractUser): Promise<WireAnswer> {
  return pool.call('SignUp', { ClientId: pool.clients.hidden.id, Username: email, Password: password });
}

/** A user who signed up and did not confirm. The pool verifies no address, so no message is sent. */
export function unconfirmed(pool: ContractPool): Promise<ContractUser> {
  return pool.shared('unconfirmed', async () => {
    const user = { email: pool.newEmail(), password: pool.newPassword(), sub: '' };
    const answer = await signUp(pool, user);
    if (answer.status !== 200) throw new Error(outcomeOf(answer));
    return { ...user, sub: String(answer.body.UserSub) };
  });
}

export function initiate(
  pool: ContractPool,
  AuthFlow: string,
  AuthParameters: object,
  client: keyof ContractPool['clients'] = 'hidden',
): Promise<WireAnswer> {
  return pool.call('InitiateAuth', { ClientId: pool.clients[client].id, AuthFlow, AuthParameters });
}

export function respond(
  pool: ContractPool,
  ChallengeName: string,
  Session: unknown,
  ChallengeResponses: object,
): Promise<WireAnswer> {
  return pool.call('RespondToAuthChallenge', {
    ClientId: pool.clients.hidden.id,
    ChallengeName,
    ...(Session !== undefined && { Session }),
    ChallengeResponses,
  });
}

export function parametersOf({ body }: WireAnswer): Record<string, string> {
  return (body.ChallengeParameters ?? {}) as Record<string, string>;
}
