import type { IncomingHttpHeaders } from 'node:http';
import { isLoopbackAddress, isLoopbackHost } from '../http/host-check.ts';
import { isFromPage } from '../http/page-requests.ts';

/** The origin of a request: the address of its peer, and its headers. */
export interface Caller {
  readonly address: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Returns the reason to refuse control to a caller, or undefined. The inbox holds codes, and the browser of a developer
 * visits pages that could ask for them.
 */
export function controlRefusal({ address, headers }: Caller): string | undefined {
  if (!isLoopbackAddress(address))
    return `Control over HTTP is for programs on the same machine, not for ${address ?? 'an unknown address'}.`;
  // DNS rebinding: the page of another site points its own name at this machine.
  if (!isLoopbackHost(headers.host))
    return `Control over HTTP answers under localhost and loopback addresses, not under "${headers.host ?? ''}".`;
  if (FORWARDED.some((name) => headers[name] !== undefined))
    return 'Control over HTTP is not for requests that a proxy forwards. Call the pool directly.';
  if (isFromPage(headers))
    return 'Control over HTTP is not for web pages. Call it from the test program, not from a page.';
  return undefined;
}

const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host'];
