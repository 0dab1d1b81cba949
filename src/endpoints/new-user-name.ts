import type { UpstreamFault } from '../cognito/upstream-fault.ts';
import type { SignInName } from '../config/options.ts';
import type { Settings } from '../config/settings.ts';
import type { Hint } from '../shared/hint.ts';
import { problem } from '../shared/problem.ts';
import type { Identified } from './fields.ts';

/**
 * Explains why the pool refuses the form of a new user's name: the client sent a wrong name, or `signInWith` does not fit
 * the pool.
 */
export function explainName(fault: UpstreamFault, body: Identified, { signInWith }: Settings): UpstreamFault {
  const { wantsName: wanted } = fault;
  if (!wanted) return fault;
  const used = body.username === undefined ? signInWith.find((name) => body[name] !== undefined) : 'username';
  const wrong = wrongMember(wanted, used, signInWith);
  if (wrong === undefined) {
    return { ...fault, problem: problem('server_misconfigured'), hint: hintFor(wanted), sameForAll: true };
  }
  return { ...fault, problem: problem('validation_failed', { errors: [wrong] }), sameForAll: true };
}

/** Returns the member that another client could have sent right. */
function wrongMember(
  wanted: readonly SignInName[],
  used: SignInName | undefined,
  signInWith: readonly SignInName[],
): { path: string; message: string } | undefined {
  if (wanted.includes('username')) {
    if (!signInWith.includes('username')) return undefined;
    const message =
      used === 'username' ? 'must not have the form of an address' : 'is required by the user pool';
    return { path: '/username', message };
  }
  if (used === undefined || !wanted.includes(used)) return undefined;
  return { path: `/${used}`, message: 'is not accepted by the user pool' };
}

function hintFor(wanted: readonly SignInName[]): Hint {
  const fit = wanted.includes('username')
    ? "whose users have a user name and an address as its alias: set it to ['username', 'email']"
    : `whose users sign in with their address: set it to [${wanted.map((name) => `'${name}'`).join(', ')}]`;
  return `signInWith does not fit the user pool, ${fit}. See docs/sign-in-methods.md#names`;
}
