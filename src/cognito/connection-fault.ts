/** Matches names of errors that are safe to log. */
export const ERROR_NAME: RegExp = /^\w{1,64}$/;

/** Returns the code of a network error, or of the error behind it. */
export function errorCode(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof code === 'string' && ERROR_NAME.test(code)) return code;
  const inner = innerError(error);
  return inner === undefined || inner === null ? undefined : errorCode(inner);
}

/** Node combines the failures of both address families in an AggregateError. */
function innerError(error: unknown): unknown {
  const { cause, errors } = (error ?? {}) as { cause?: unknown; errors?: unknown };
  return Array.isArray(errors) ? errors[0] : cause;
}

const DNS =
  'its name does not resolve: check the region at the start of userPoolId, the options endpoint and issuer, and DNS';
const FIREWALL = 'check the options endpoint and issuer, the firewall, and NODE_USE_ENV_PROXY behind a proxy';
const TRUST =
  'its certificate is not trusted: check the option endpoint, and set NODE_EXTRA_CA_CERTS if a proxy intercepts TLS';

const ADVICE: Readonly<Record<string, string>> = {
  ENOTFOUND: DNS,
  EAI_AGAIN: DNS,
  ECONNREFUSED: 'nothing listens there: start the local user pool, or correct the option endpoint',
  EMFILE: 'the process has too many open files: raise its limit (ulimit -n)',
  EADDRNOTAVAIL: 'the machine has no free ports left',
  SELF_SIGNED_CERT_IN_CHAIN: TRUST,
  DEPTH_ZERO_SELF_SIGNED_CERT: TRUST,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: TRUST,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: TRUST,
  CERT_HAS_EXPIRED: 'its certificate has expired, or the clock of the server is wrong',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host: correct the option endpoint',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS: correct the protocol in the option endpoint',
  EPROTO: 'it does not speak TLS: correct the protocol in the option endpoint',
};

/** Advice for the operator about a server that the process cannot reach. */
export function connectionAdvice(code: string | undefined): string {
  return (code !== undefined && Object.hasOwn(ADVICE, code) && ADVICE[code]) || FIREWALL;
}

/** Returns the host and port that a connection failed for, as far as Node's error names them. */
export function hostIn(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { hostname, address, port } = error as { hostname?: unknown; address?: unknown; port?: unknown };
  const host = hostname ?? address;
  if (typeof host === 'string' && /^[\w.:-]{1,253}$/.test(host)) {
    const name = host.includes(':') ? `[${host}]` : host;
    return typeof port === 'number' ? `${name}:${port}` : name;
  }
  return hostIn(innerError(error));
}
