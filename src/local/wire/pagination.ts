import { invalidParameter } from '../model/errors.ts';

/** Returns a page of a list, and the token of the next page unless it is the last. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

export function pageOf<T>(all: readonly T[], limit: number, token: string | undefined): Page<T> {
  const position = token === undefined ? '0' : Buffer.from(token, 'base64url').toString();
  if (!/^\d{1,9}$/.test(position)) throw invalidParameter('Invalid pagination token.');
  const start = Number(position);
  const end = start + limit;
  return {
    items: all.slice(start, end),
    next: end < all.length ? Buffer.from(String(end)).toString('base64url') : undefined,
  };
}
