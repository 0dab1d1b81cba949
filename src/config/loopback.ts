/** Whether the URL's host is loopback, where TLS is not needed (RFC 8252 8.3). */
export function isLoopback({ hostname }: URL): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

/** Whether traffic to the URL is protected: by TLS, or because it stays on loopback. */
export function isPrivateWay(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));
}
