/** Parts of the OpenAPI document that depend little or not at all on the configuration. */
import type { TransportSettings } from '../config/transport.ts';

export type Json = Readonly<Record<string, unknown>>;

export function ref(kind: 'schemas' | 'headers' | 'examples', name: string): { $ref: string } {
  return { $ref: `#/components/${kind}/${name}` };
}

export const TAGS: readonly Json[] = [
  { name: 'sign-up', description: 'New accounts.' },
  { name: 'sign-in', description: 'Sign-in and its challenges.' },
  { name: 'password', description: 'Password reset and change.' },
  { name: 'session', description: 'Refresh, sign-out and the sessions of the user.' },
  { name: 'profile', description: 'The signed-in user.' },
  { name: 'mfa', description: 'Second factors of the user.' },
  { name: 'security', description: 'Feedback on suspicious sign-ins.' },
  { name: 'devices', description: 'Remembered devices, which replace the second factor.' },
  { name: 'passkeys', description: 'Passkeys of the user.' },
  { name: 'meta', description: 'The API itself.' },
];

export function securitySchemes({ transport, cookies }: TransportSettings): Json {
  return {
    accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
    ...(transport !== 'bearer' && {
      accessCookie: { type: 'apiKey', in: 'cookie', name: `${cookies.prefix}access` },
    }),
  };
}

export const HEADERS: Json = {
  'WWW-Authenticate': { description: 'The challenge (RFC 6750 3).', schema: { type: 'string' } },
  Location: { description: 'The target of the redirect.', schema: { type: 'string' } },
  'Retry-After': { description: 'Seconds to wait before the next attempt.', schema: { type: 'integer' } },
  Allow: { description: 'The supported methods (RFC 9110 10.2.1).', schema: { type: 'string' } },
  RateLimit: {
    description:
      'Remaining requests of the client address, and the time to the reset (IETF draft, version 8).',
    schema: { type: 'string' },
  },
  'Set-Cookie': {
    description: 'The cookies of the session, set or deleted. Scripts cannot read them.',
    schema: { type: 'string' },
  },
  ETag: { description: 'The version of the document, for `If-None-Match`.', schema: { type: 'string' } },
  'RateLimit-Policy': { description: 'The rate limit and its window.', schema: { type: 'string' } },
};

export const HEADERS_BY_STATUS: Readonly<Record<string, readonly string[]>> = {
  401: ['WWW-Authenticate'],
  405: ['Allow'],
  429: ['Retry-After'],
  503: ['Retry-After'],
};
