import { isFixedText } from './fixed-texts.ts';

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
const MIN_WORD_LENGTH = 2;
/** A value of this length is cut out of longer words too. */
const DISTINCTIVE_LENGTH = 8;
/** Only tokens and identifiers are longer. */
const MAX_WORD_LENGTH = 40;

/** The quoted path of a member, in Cognito's text about a violated constraint. */
const MEMBER = /(at '[A-Za-z]\w*(?:\.\w+){0,4}' failed to satisfy constraint)/;
const QUOTED = /(?<![\p{L}\p{N}])(["'`])(?:(?!\1).|\1(?=[\p{L}\p{N}]))*(?:\1|$)/gsu;
/** Digits, addresses, and the entities of HTML, which stand for letters of a name. */
const PERSONAL = /[\p{N}@]|&\w+;/u;

/**
 * Returns a message of Cognito for the log. It lacks all values of the operation's input, all quoted text, and all
 * words with a digit or an `@`, because a trigger or another server may write anything. Cognito's fixed texts stay whole.
 */
export function redactedMessage(message: string, input?: object): string {
  const text = spaced(message.slice(0, MAX_MESSAGE_LENGTH));
  if (isFixedText(text)) return text;
  const members = new Set(['member', 'key', 'value']);
  const values = valuesOf(input, members);
  const isKnown = (path: string): boolean =>
    path.split('.').every((step) => /^\d{1,3}$/.test(step) || members.has(step.toLowerCase()));
  return withoutValues(text, values)
    .split(MEMBER)
    .map((part) => (MEMBER.test(part) && isKnown(pathIn(part)) ? part : withoutPersonal(part)))
    .join('')
    .replace(/\*{3}(?: ?\*{3})+/g, CUT)
    .slice(0, MAX_LENGTH)
    .trim();
}

function pathIn(part: string): string {
  return part.slice(part.indexOf("'") + 1, part.lastIndexOf("'"));
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

/** Returns the values, their words and the parts of addresses. Adds the names of the members to `members`. */
function valuesOf(input: object | undefined, members: Set<string>): ReadonlySet<string> {
  const found = new Set<string>();
  const add = (value: unknown, name: string, depth: number): void => {
    if (found.size >= MAX_VALUES || depth > MAX_DEPTH) return;
    if (typeof value === 'string') {
      const text = value.slice(0, MAX_MESSAGE_LENGTH);
      if (text.trim() !== '') found.add(text.trim());
      for (const word of partsOf(text, name)) {
        if (word.length >= MIN_WORD_LENGTH || UNCASED.test(word)) found.add(word);
      }
    } else if (typeof value === 'object' && value !== null) {
      for (const [member, inner] of Object.entries(value)) {
        if (!Array.isArray(value)) members.add(member.toLowerCase());
        if (!PLAIN_MEMBERS.has(member)) add(inner, member, depth + 1);
      }
    }
  };
  add(input, '', 0);
  return found;
}

/** A cut word of a passphrase in a known sentence would tell that the passphrase has the word. */
function partsOf(text: string, member: string): readonly string[] {
  if (/password/i.test(member)) return [];
  const [, local = '', domain = ''] = /^([^@]*)@(.*)$/s.exec(text) ?? [];
  return [...text.split(/\s+/), local, ...local.split(/[._+-]/).filter((part) => part.length > 2), domain];
}

/** Text whose letters are comparable, and the place of each of its characters in the original. */
interface FoldedText {
  readonly text: string;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** Upper case first, because `ß` is `SS` there. The dot of a Turkish `İ` remains as a mark of its own. */
function fold(text: string): string {
  return text.replace(NOT_ASCII, foldLetter).toLowerCase();
}

const NOT_ASCII = /[^\x00-\x7f]/gu;

function foldLetter(letter: string): string {
  return letter
    .normalize('NFKD')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll('\u0307', '')
    .replaceAll('ς', 'σ');
}

function foldedText(text: string): FoldedText {
  const starts: number[] = [];
  const ends: number[] = [];
  let result = '';
  let at = 0;
  for (const letter of text) {
    const end = at + letter.length;
    const plain = fold(letter);
    result += plain;
    for (let i = 0; i < plain.length; i++) {
      starts.push(at);
      ends.push(end);
    }
    // A lone dot belongs to the letter before it.
    if (plain === '' && ends.length > 0) ends[ends.length - 1] = end;
    at = end;
  }
  return { text: result, starts, ends };
}

function withoutValues(text: string, values: ReadonlySet<string>): string {
  const { text: searched, starts, ends } = foldedText(text);
  const isCut = new Uint8Array(text.length);
  const marks = new Set(text.match(/[\\%&+]/g));
  for (const value of values) {
    for (const form of formsOf(value, marks)) {
      const sought = fold(spaced(form));
      if (sought === '' || !searched.includes(sought)) continue;
      for (const { index } of searched.matchAll(patternOf(sought))) {
        isCut.fill(1, starts[index], ends[index + sought.length - 1]);
      }
    }
  }
  let result = '';
  for (let at = 0; at < text.length; at++) {
    if (isCut[at] === 0) result += text[at];
    else if (at === 0 || isCut[at - 1] === 0) result += CUT;
  }
  return result;
}

/** Returns the value as it is, and as a part of JSON, a URL, a form and HTML, if the message has the marks of these. */
function formsOf(value: string, marks: ReadonlySet<string>): readonly string[] {
  if (marks.size === 0 || /^[a-z\d]*$/i.test(value)) return [value];
  const forms = [value];
  if (marks.has('\\')) {
    const json = JSON.stringify(value).slice(1, -1);
    const ascii = json.replace(
      /[^\x20-\x7e]/g,
      (unit) => String.raw`\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    forms.push(json, json.replaceAll('/', String.raw`\/`), ascii);
  }
  if (marks.has('%') || marks.has('+')) {
    const url = encodeURIComponent(value.toWellFormed());
    forms.push(url, url.replaceAll('%20', '+'));
  }
  if (marks.has('&')) forms.push(value.replace(/[&<>"']/g, (letter) => ENTITIES[letter] ?? letter));
  return forms;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Letters without case: of scripts that write no spaces between words, or join them to others. */
const UNCASED = /\p{Lo}/u;

function patternOf(value: string): RegExp {
  const escaped = value.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
  return value.length >= DISTINCTIVE_LENGTH || UNCASED.test(value)
    ? new RegExp(escaped, 'gu')
    : new RegExp(`(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`, 'gu');
}
