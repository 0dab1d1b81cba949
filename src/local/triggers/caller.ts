import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingHttpHeaders } from 'node:http';

const UNKNOWN = 'aws-sdk-unknown-unknown';
const SDK = /\baws-sdk-([a-z]+)\/(\d[\w.]{0,30})/;

const callers = new AsyncLocalStorage<IncomingHttpHeaders>();

/** Runs an operation, whose triggers can then name the SDK of its client. */
export function withCaller<T>(headers: IncomingHttpHeaders, run: () => T): T {
  return callers.run(headers, run);
}

/** Returns `awsSdkVersion` of trigger events, such as `aws-sdk-js-2.1055.0`. A browser cannot set its User-Agent. */
export function sdkOfCaller(): string {
  const headers = callers.getStore();
  const agents = [headers?.['x-amz-user-agent'], headers?.['user-agent']].join(' ');
  const [, name, version] = SDK.exec(agents) ?? [];
  if (name === undefined) return UNKNOWN;
  return `aws-sdk-${name === 'nodejs' ? 'js' : name}-${version}`;
}
