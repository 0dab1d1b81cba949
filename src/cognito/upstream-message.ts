/** Longer than Cognito's messages. The limit is needed because matching time may be quadratic in the length. */
export const MAX_MESSAGE_LENGTH = 2048;

/** Maximum length of a redacted message. */
const MAX_LENGTH = 500;

/** Replaces whatever may be a secret. */
const CUT = '***';

/** Members of an operation's input whose values are words of the API. */
const PLAIN_MEMBERS: ReadonlySet<string> = new Set([
  'AttributeName',
  'AuthFlow',
  'ChallengeName',
  'ClientId',
  'DeviceRememberedStatus',
  'FeedbackValue',
  'Name',
  'PREFERRED_CHALLENGE',
  'UserAttributeNames',
  'UserPoolId',
]);

const MAX_DEPTH = 6;
const MAX_VALUES = 300;
const MIN_WORD_LENGTH = 3;
/** A value of this length is cut out of longer words too. */
const DISTINCTIVE_LENGTH = 8;
/** Only tokens and identifiers are longer. */
const MAX_WORD_LENGTH = 40;

/** The quoted name of a member, in Cognito's text about a violated constraint. */
const MEMBER = /(at '[A-Za-z]\w*(?:\.\w+){0,4}' failed to satisfy constraint)/;
const QUOTED = /(?<![\p{L}\p{N}])(["'`])(?:(?!\1).|\1(?=[\p{L}\p{N}]))*(?:\1|$)/gsu;
const PERSONAL = /[\p{N}@]/u;

/**
 * Returns a message of Cognito for the log. It lacks all values of the operation's input, all quoted text, and all
 * words with a digit or an `@`, because a trigger or another server may write anything.
 */
export function redactedMessage(message: string, input?: object): string {
  let text = spaced(message.slice(0, MAX_MESSAGE_LENGTH));
  const lower = text.toLowerCase();
  for (const value of valuesOf(input)) {
    if (lower.includes(value.toLowerCase())) text = text.replace(patternOf(value), CUT);
  }
  const parts = text.split(MEMBER).map((part) => (MEMBER.test(part) ? part : withoutPersonal(part)));
  return parts
    .join('')
    .replace(/\*{3}(?: ?\*{3})+/g, CUT)
    .slice(0, MAX_LENGTH)
    .trim();
}

function withoutPersonal(text: string): string {
  return text
    .replace(QUOTED, CUT)
    .replace(/\S+/g, (word) => (PERSONAL.test(word) || word.length > MAX_WORD_LENGTH ? CUT : word));
}

/** Line breaks and control characters could forge a line in a log that is not JSON, and tags could run in a viewer. */
function spaced(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\s\p{C}<>]+/gu, ' ')
    .trim();
}

/** Returns the values, their words, and the local parts of addresses, the longest first. */
function valuesOf(input: object | undefined): string[] {
  const found = new Set<string>();
  const add = (value: unknown, depth: number): void => {
    if (found.size >= MAX_VALUES || depth > MAX_DEPTH) return;
    if (typeof value === 'string') {
      const text = spaced(value.slice(0, MAX_MESSAGE_LENGTH));
      for (const word of [text.replace(/@.*$/, ''), ...text.split(' ')]) {
        if (word.length >= MIN_WORD_LENGTH) found.add(word);
      }
      if (text !== '') found.add(text);
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value)) {
        if (!PLAIN_MEMBERS.has(name)) add(member, depth + 1);
      }
    }
  };
  add(input, 0);
  return [...found].sort((a, b) => b.length - a.length);
}

function patternOf(value: string): RegExp {
  const escaped = value.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
  const pattern =
    value.length >= DISTINCTIVE_LENGTH ? escaped : `(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`;
  return new RegExp(pattern, 'giu');
}
