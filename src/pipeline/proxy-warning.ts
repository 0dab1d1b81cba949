import type { Request } from 'express';
import type { Logger } from 'pino';
import type { Hint } from '../shared/hint.ts';

const HINT: Hint =
  "set 'trust proxy' to the number of proxies in front of the app, or to their addresses. See docs/operations.md#behind-a-proxy";

/**
 * Warns once of each of two settings of `trust proxy` that disable the limits by address. Unset behind a
 * proxy, all clients share the proxy's address. Set to `true`, a client can choose its address.
 */
export function createProxyWarning(logger: Logger): (req: Request) => void {
  const warned = new Set<string>();
  const warn = (code: string, message: string): void => {
    if (warned.has(code)) return;
    warned.add(code);
    logger.warn({ code, hint: HINT }, message);
  };
  return function warnOfProxy(req) {
    const trust: unknown = req.app.get('trust proxy');
    if (trust === true) {
      warn(
        'trust_proxy_permissive',
        "'trust proxy' is true: any client can choose its own address with X-Forwarded-For",
      );
    } else if (trust === false && req.headers['x-forwarded-for'] !== undefined) {
      warn('trust_proxy_unset', "X-Forwarded-For is ignored because 'trust proxy' is not set");
    }
  };
}
