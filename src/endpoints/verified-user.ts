import type { TokenVerifier } from '../cognito/token-verifier.ts';
import { tokenRefusal, UpstreamRefusal } from '../cognito/upstream-fault.ts';
import type { Hint } from '../shared/hint.ts';
import { problem } from '../shared/problem.ts';
import { type Auth, isRefusal } from '../tokens/auth.ts';
import type { Tokens } from './sign-in-types.ts';

/** The user of new tokens, by the access token and by the ID token. */
export interface VerifiedUser {
  readonly auth: Auth;
  readonly user: Auth;
}

/** Verifies both tokens of a sign-in. `page` explains a refusal to the operator. */
export async function verifiedUser(
  { accessToken, idToken }: Pick<Tokens, 'accessToken' | 'idToken'>,
  verifier: TokenVerifier,
  page: string,
): Promise<VerifiedUser> {
  const auth = await verified(accessToken, 'access', verifier, page);
  const user = await verified(idToken, 'id', verifier, page);
  if (user.sub !== auth.sub) throw unfit(`the two tokens belong to different users. See docs/${page}`);
  return { auth, user };
}

async function verified(
  token: string,
  use: 'access' | 'id',
  verifier: TokenVerifier,
  page: string,
): Promise<Auth> {
  const verdict = await verifier.verify(token, use);
  if (!isRefusal(verdict)) return verdict;
  // Without keys, the token may still be valid.
  if (verdict.code === 'upstream_unavailable') throw tokenRefusal(verdict);
  throw unfit(
    `the pool issued a token that the kit refuses: ${verdict.detail.replace(/\.$/, '')}. See docs/${page}`,
  );
}

/** The pool itself issued the tokens, but they cannot be accepted. */
export function unfit(hint: Hint): UpstreamRefusal {
  return new UpstreamRefusal({
    problem: problem('upstream_error'),
    exception: 'UnfitToken',
    hint,
    sameForAll: true,
  });
}
