import { isIP, isIPv4 } from 'node:net';

/**
 * Returns the IP address in `req.ip`, or `undefined` if there is none. Some proxies add a port, brackets or a zone to
 * `X-Forwarded-For`, and a dual-stack socket reports IPv4 clients as IPv6 addresses.
 */
export function clientAddress(ip: string | undefined): string | undefined {
  if (ip === undefined || isIPv4(ip)) return ip;
  const bare = ip
    .replace(/^\[(.*)\](:\d+)?$/, '$1')
    .replace(/^([\d.]+):\d+$/, '$1')
    .replace(/%.+$/, '')
    .replace(/^::ffff:(?=[\d.]+$)/i, '');
  return isIP(bare) === 0 ? undefined : bare;
}
