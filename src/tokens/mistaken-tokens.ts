import type { Problem } from '../shared/problem.ts';
import { invalidToken, MALFORMED } from './refusals.ts';

const BEFORE_SIGN_IN = 'it reads the token before the sign-in has stored one, or from another place.';

function word(text: string): readonly [RegExp, Problem] {
  const detail = `The client sends the word ${text} in place of a token: ${BEFORE_SIGN_IN}`;
  return [new RegExp(`^["']?${text}["']?$`, 'i'), invalidToken(detail)];
}

/** Texts that clients send by mistake, the first match counts. A detail quotes nothing that may be a secret. */
const MISTAKES: readonly (readonly [RegExp, Problem])[] = [
  word('undefined'),
  word('null'),
  word('NaN'),
  word('true'),
  word('false'),
  [
    /^["']*$/,
    invalidToken(`The Authorization header has the scheme Bearer, but no token: ${BEFORE_SIGN_IN}`),
  ],
  [
    /^\[object Promise\]$/,
    invalidToken('The client sends a promise in place of a token: await the function that returns it.'),
  ],
  [
    /^\[object \w+\]$|^\{\s*["']|^%7B/i,
    invalidToken(
      'The client sends an object in place of a token: send its member accessToken, which is a text.',
    ),
  ],
  [
    /^["'`].*["'`]$/s,
    invalidToken(
      'The token is in quotation marks: remove them. A text that JSON.stringify wrote is read with JSON.parse.',
    ),
  ],
  [/^bearer(?:[ :]|%20)/i, invalidToken('The header has the word Bearer twice: send it once.')],
  [
    /^(?:[<{[$%:].*|(?:your|my|access|id)[-_ ]?(?:access[-_ ]?)?token)$/i,
    invalidToken('The client sends a placeholder in place of a token: its variable was not replaced.'),
  ],
  [
    /^[\w-]+(?:\.[\w-]*){4}$/,
    invalidToken('The token has five parts, as a refresh token has: send the access token.'),
  ],
];

/** Returns the refusal of a text that is no token. It names the mistake of the client, if it is a known one. */
export function notAToken(text: string): Problem {
  return MISTAKES.find(([pattern]) => pattern.test(text))?.[1] ?? MALFORMED;
}
