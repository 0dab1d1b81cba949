import { isIP } from 'node:net';

/** Tells whether a request's `Host` header is accepted. */
export type HostCheck = (header: string | undefined) => boolean;

const LOCALHOST = /(?:^|\.)localhost$/;

/** Top-level names that public DNS does not have, for networks of containers. */
const PRIVATE_NAME = /^[^.]+$|\.(?:internal|local|lan|localdomain|test)$/;

/**
 * Creates the check against DNS rebinding. A page of another site can point its own name at this machine, and is then of
 * the same origin as the pool. It cannot do so with an IP address or with a name that it does not own.
 */
export function createHostCheck({
  allowedHosts = [],
  dangerouslyListenOnAnyHost = false,
}: {
  readonly allowedHosts?: readonly string[];
  readonly dangerouslyListenOnAnyHost?: boolean;
}): HostCheck {
  const allowed = new Set(allowedHosts.map((host) => host.toLowerCase()));
  return (header) => {
    // HTTP/1.0 has no Host header. Browsers always send it.
    if (header === undefined) return true;
    const name = nameIn(header);
    if (name === undefined) return false;
    if (isIP(name) !== 0 || allowed.has(name) || LOCALHOST.test(name)) return true;
    return dangerouslyListenOnAnyHost && PRIVATE_NAME.test(name);
  };
}

/** Tells whether a `Host` header names this machine by itself: `localhost`, a name below it, or a loopback address. */
export function isLoopbackHost(header: string | undefined): boolean {
  const name = nameIn(header);
  return name !== undefined && (LOCALHOST.test(name) || isLoopbackAddress(name));
}

/** Tells whether an IP address is of the loopback interface. A dual-stack socket reports IPv4 as `::ffff:127.0.0.1`. */
export function isLoopbackAddress(address: string | undefined = ''): boolean {
  return address === '::1' || (isIP(address) !== 0 && /^(?:::ffff:)?127\./.test(address));
}

/** Returns the host name in a `Host` header, without a port, a last dot, or the brackets of an IPv6 address. */
function nameIn(header = ''): string | undefined {
  const url = `http://${header}`;
  if (!URL.canParse(url)) return undefined;
  return new URL(url).hostname.replace(/\.$/, '').replace(/^\[(.*)\]$/, '$1');
}
