import type { Settings } from '../config/settings.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import { refuseIf } from '../shared/problem.ts';
import type { Auth } from '../tokens/auth.ts';
import { signInCheck } from '../tokens/recent-sign-in.ts';
import type { Body } from './request-context.ts';

interface SensitiveInput {
  readonly body: Body;
  readonly params: Readonly<Record<string, string>>;
  /** The user of the request. Without one, the endpoint accepts another proof or refuses the request itself. */
  readonly auth: Auth | undefined;
}

/** Throws a `ProblemError` for a sensitive request whose sign-in is older than `sensitiveMaxAge`. */
export type RequireRecentSignIn = (endpoint: Endpoint<Body>, input: SensitiveInput) => void;

export function createSensitiveCheck(settings: Settings): RequireRecentSignIn {
  const check = signInCheck({
    acr: undefined,
    maxAge: settings.sensitiveMaxAge || undefined,
    clockToleranceSeconds: settings.clockToleranceSeconds,
  });
  return ({ sensitive }, { body, params, auth }) => {
    if (sensitive === undefined || auth === undefined) return;
    if (sensitive === true || sensitive.includes(body, { params, settings })) refuseIf(check(auth));
  };
}
