/** The parts of the OpenAPI document that are the same for every configuration, or nearly so. */
import type { TransportSettings } from '../config/transport.ts';

export type Json = Readonly<Record<string, unknown>>;

export function ref(kind: 'schemas' | 'headers' | 'examples', name: string): { $ref: string } {
  return { $ref: `#/components/${kind}/${name}` };
}

export const TAGS: readonly Json[] = [
  { name: 'sign-up', description: 'New accounts.' },
  { name: 'sign-in', description: 'Signing in, and the challenges on the way.' },
  { name: 'password', description: 'Forgotten and changed passwords.' },
  { name: 'session', description: 'Refreshing and ending sessions.' },
  { name: 'profile', description: 'The signed-in user.' },
  { name: 'mfa', description: 'Second factors of the user.' },
  { name: 'security', description: 'Messages about sign-ins.' },
  { name: 'devices', description: 'Devices of the user that stand in for the second factor.' },
  { name: 'passkeys', description: 'Passkeys of the user.' },
  { name: 'meta', description: 'About this API.' },
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
  'WWW-Authenticate': { description: 'RFC 6750 3.', schema: { type: 'string' } },
  Location: { description: 'Where to go on.', schema: { type: 'string' } },
  'Retry-After': { description: 'Seconds to wait before the next try.', schema: { type: 'integer' } },
  Allow: { description: 'The methods that there are (RFC 9110 10.2.1).', schema: { type: 'string' } },
  RateLimit: {
    description: 'What is left of the limit of the client address, and until when (IETF draft, version 8).',
    schema: { type: 'string' },
  },
  'RateLimit-Policy': { description: 'The limit and its window.', schema: { type: 'string' } },
};

export const HEADERS_BY_STATUS: Readonly<Record<string, readonly string[]>> = {
  401: ['WWW-Authenticate'],
  405: ['Allow'],
  429: ['Retry-After', 'RateLimit', 'RateLimit-Policy'],
  503: ['Retry-After'],
};
