import type { HandlerContext } from './endpoint.ts';

/** Returns the user of the request's access token, for a hook. */
export function userOf(call: Pick<HandlerContext, 'auth'>): {
  readonly sub: string;
  readonly username: string | undefined;
} {
  const { sub = '', username } = call.auth ?? {};
  return { sub, username };
}
