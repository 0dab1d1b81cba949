import type { Answer } from '../wire/answer.ts';

/** No page may read an answer, whatever its browser's age: it has no CORS header, and `nosniff`. */
const PRIVATE = {
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
};

export const NO_CONTENT: Answer = { status: 204, headers: PRIVATE, body: '' };

export function json(status: number, content: object): Answer {
  return {
    status,
    headers: { ...PRIVATE, 'content-type': 'application/json' },
    body: JSON.stringify(content),
  };
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  500: 'Internal Server Error',
};

/** Creates an error answer by RFC 9457. `code` is the name of Cognito's exception, if there is one. */
export function problem(status: number, detail: string, code?: string): Answer {
  const answer = json(status, { title: TITLES[status], status, detail, ...(code && { code }) });
  return { ...answer, headers: { ...answer.headers, 'content-type': 'application/problem+json' } };
}
