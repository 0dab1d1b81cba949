import { isIP } from 'node:net';

/** Tells whether a request's `Host` header is accepted. */
export type HostCheck = (header: string | undefined) => boolean;

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
    const url = `http://${header}`;
    if (!URL.canParse(url)) return false;
    const name = new URL(url).hostname.replace(/\.$/, '');
    if (isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 || allowed.has(name)) return true;
    if (/(?:^|\.)localhost$/.test(name)) return true;
    return dangerouslyListenOnAnyHost && PRIVATE_NAME.test(name);
  };
}
