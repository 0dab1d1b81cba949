import type { CognitoClient } from '../cognito/client.ts';
import type { TokenVerifier } from '../cognito/token-verifier.ts';
import type { Settings } from '../config/settings.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import { Redirect } from '../endpoints/redirect.ts';
import type { Tokens } from '../endpoints/sign-in-types.ts';
import { verifiedUser } from '../endpoints/verified-user.ts';
import type { Auth } from '../tokens/auth.ts';
import { issuedClaims } from '../tokens/issued-claims.ts';
import type { CallLater } from './background-calls.ts';
import { runHook } from './hooks.ts';
import type { RequestContext } from './request-context.ts';

interface SignedInHookParts {
  readonly settings: Settings;
  readonly cognito: CognitoClient;
  readonly verifier: TokenVerifier;
  readonly callLater: CallLater;
}

/** A completed sign-in, before its tokens leave. */
export interface CompletedSignIn {
  readonly tokens: Tokens;
  /** The user of the request's token. */
  readonly auth: Auth | undefined;
}

export interface SignedInHook {
  /** Runs `onSignedIn`. Rejects if the sign-in is refused. */
  run(context: RequestContext, signIn: CompletedSignIn): Promise<void>;
  /** Revokes the session of a refused sign-in, after the response. */
  discard(context: RequestContext, signIn: CompletedSignIn): void;
}

/** Returns the tokens of a sign-in in the response of a handler. A refresh is no sign-in. */
export function newTokens({ cookies }: Endpoint, response: object): Tokens | undefined {
  return cookies?.refreshToken === undefined ? tokensIn(response) : undefined;
}

export function tokensIn(response: object): Tokens | undefined {
  return response instanceof Redirect ? response.session?.tokens : (response as { tokens?: Tokens }).tokens;
}

export function createSignedInHook({
  settings,
  cognito,
  verifier,
  callLater,
}: SignedInHookParts): SignedInHook {
  const { hooks, timeouts, clientId } = settings;
  const { onSignedIn } = hooks;
  return {
    async run({ req, endpoint }, { tokens, auth }) {
      if (!onSignedIn) return;
      const { user } = await verifiedUser(tokens, verifier, 'customize.md#your-own-user-table');
      const { sub, username = sub, payload: claims } = user;
      const isNew = endpoint.name === 'confirmSignUp' || (auth === undefined ? undefined : false);
      await runHook('onSignedIn', timeouts.hook, () =>
        onSignedIn({ sub, username, claims, endpoint: endpoint.name, isNew, req }),
      );
    },
    discard(context, { tokens: { accessToken, refreshToken }, auth }) {
      // The client still has the session, and repeats the request after a fault.
      if (context.endpoint.importsSession) return;
      const session = issuedClaims(accessToken)?.origin_jti;
      // The tokens of a step-up may be those of the same session, which the user keeps.
      if (refreshToken === undefined || (session && auth?.payload.origin_jti === session)) return;
      const input = { Token: refreshToken, ClientId: clientId };
      callLater(context, { operation: 'RevokeToken', input }, (call, { signal }) =>
        cognito.send(call.operation, call.input, { signal, safeToRepeat: false }),
      );
    },
  };
}
