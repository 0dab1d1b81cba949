import { isMissingValue, isObject } from '../shared/option-errors.ts';

/** The user of a token, or `{ sub, username }`. */
export interface UserReference {
  /** The user's ID in the user pool, the claim `sub`. */
  readonly sub: string;
  /** The user name at Cognito, for the sign-out there. Default: the `sub`, which most user pools accept. */
  readonly username?: string | undefined;
  /** The claims, if this is the `Auth` of a token. Default: none. */
  readonly payload?: { readonly iss: string; readonly iat?: number } | undefined;
}

/** The session of a token, or `{ originJti }`. */
export type SessionReference =
  | { readonly payload: { readonly iss: string; readonly [claim: string]: unknown } }
  | {
      /** The claim `origin_jti`, which all tokens of a session share. */
      readonly originJti: string;
    };

/** Ends sessions from the app's own code. */
export interface SessionControl {
  /**
   * Ends all sessions of a user, for example after a change of role, or when the account is disabled or deleted. Tokens that
   * were issued until now are refused on every instance with the same revocation store, ID tokens too. `/refresh` and
   * `autoRefresh` refuse sessions that began before. With `adminSignOut`, the router also signs the user out at Cognito.
   *
   * @throws ProblemError `store_unavailable` if the store is unavailable, or a code of Cognito's answer
   * @throws TypeError without a `sub`, and with `revocation: false`
   * @example
   * await auth.endUser(user.sub);
   */
  endUser(user: string | UserReference): Promise<void>;
  /**
   * Ends one session: all its access and ID tokens are refused, also those of later refreshes.
   *
   * @throws ProblemError `store_unavailable` if the store is unavailable
   * @throws TypeError without a session or its `origin_jti`, and with `revocation: false`
   * @example
   * await auth.endSession(getAuth(req));
   */
  endSession(session: SessionReference): Promise<void>;
}

/** A user whose sessions end. */
export interface EndedUser {
  readonly userPoolId: string;
  readonly sub: string;
  /** The time of issue of a token that the app knows, by Cognito's clock. */
  readonly iat: number | undefined;
}

export interface SessionControlParts {
  /** The pools whose users and sessions a name may mean. */
  readonly userPoolIds: readonly string[];
  readonly revocations: {
    endLasting(session: { readonly userPoolId: string; readonly originJti: string }): Promise<void>;
    endLastingOf(user: EndedUser): Promise<void>;
  };
  /** Undefined without AWS credentials. */
  readonly signOutAtCognito?: ((username: string) => Promise<void>) | undefined;
}

export function createSessionControl({
  userPoolIds,
  revocations,
  signOutAtCognito,
}: SessionControlParts): SessionControl {
  const poolsOf = (iss: string | undefined): readonly string[] =>
    iss === undefined ? userPoolIds : [iss.slice(iss.lastIndexOf('/') + 1)];

  return {
    async endUser(user) {
      const { sub, username = sub, payload } = typeof user === 'string' ? { sub: user } : referenceTo(user);
      checkName('endUser', 'sub', sub);
      // Users choose their names, and one that looks like a mistake must not protect its sessions.
      if (typeof username !== 'string' || username === '')
        throw wrongName('endUser', 'username', kindOf(username));
      const revoke = async (): Promise<void> => {
        const pools = poolsOf(payload?.iss);
        await Promise.all(
          pools.map((userPoolId) => revocations.endLastingOf({ userPoolId, sub, iat: payload?.iat })),
        );
      };
      // A failure of one does not prevent the other.
      const done = await Promise.allSettled([revoke(), signOutAtCognito?.(username)]);
      for (const step of done) if (step.status === 'rejected') throw step.reason;
      // A concurrent refresh may have issued tokens in the meantime.
      if (signOutAtCognito) await revoke();
    },
    async endSession(session) {
      const { iss, originJti } = sessionIn(session);
      checkName('endSession', 'originJti', originJti);
      await Promise.all(poolsOf(iss).map((userPoolId) => revocations.endLasting({ userPoolId, originJti })));
    },
  };
}

function referenceTo(user: unknown): UserReference {
  if (isObject(user)) return user as unknown as UserReference;
  throw wrongCall(`endUser was called with ${kindOf(user)}; pass the sub of a user, or { sub, username }`);
}

function sessionIn(session: unknown): { readonly iss?: string; readonly originJti: string } {
  if (isObject(session) && isObject(session.payload)) {
    const { iss, origin_jti: originJti } = session.payload;
    if (originJti !== undefined) return { iss: String(iss), originJti: originJti as string };
    // The claim jti names one token, and the next refresh would go on with another one.
    throw wrongCall(
      'the token of endSession has no claim origin_jti; switch on token revocation for the app client, or call endUser',
    );
  }
  if (isObject(session)) return session as { originJti: string };
  throw wrongCall(
    `endSession was called with ${kindOf(session)}; pass the result of verify(token), or { originJti }`,
  );
}

/** The value itself may be a secret. */
function checkName(of: string, name: string, value: unknown): void {
  const fault = faultOf(name, value);
  if (fault !== undefined) throw wrongName(of, name, fault);
}

function faultOf(name: string, value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return kindOf(value);
  if (isMissingValue(value)) return `the text "${value}"`;
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(value)) return 'a token';
  return name === 'sub' && value.includes('@') ? 'an e-mail address' : undefined;
}

function wrongName(of: string, name: string, fault: string): TypeError {
  return wrongCall(`the ${name} of ${of} is ${fault}; pass the value of the claim`);
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value === 'string') return value === '' ? 'an empty text' : 'a text';
  return `a ${typeof value}`;
}

function wrongCall(message: string): TypeError {
  return new TypeError(
    `express-cognito-kit: ${message}. See docs/sessions.md#end-sessions-from-your-own-code`,
  );
}
