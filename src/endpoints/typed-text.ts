/** Zero-width spaces, direction marks and soft hyphens, which copied text carries. Joiners can be part of a name. */
const INVISIBLE = /[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g;

/** Returns a name or address without spaces at its ends and invisible characters. */
export function nameOf(text: string): string {
  return text.replace(INVISIBLE, '').trim();
}

/** The digits of Arabic, Persian, Hindi and Bengali keyboards. */
const OTHER_DIGITS = /[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef]/g;

/** Returns the text in ASCII, as far as it has digits of other keyboards, and without invisible characters. */
function plain(text: string): string {
  return text
    .normalize('NFKC')
    .replace(INVISIBLE, '')
    .replace(OTHER_DIGITS, (digit) => {
      const code = digit.charCodeAt(0);
      return String((code & 0xf) - (code < 0x0900 ? 0 : 6));
    });
}

/** Returns a code without the spaces and punctuation that messages and authenticator apps show with it. */
export function codeOf(text: string): string {
  const code = plain(text).replace(/\s/g, '');
  const bare = code.replace(/[\p{P}]/gu, '');
  return /^[0-9]+$/.test(bare) ? bare : code;
}

/** A phone number, or the key of the message that says why it is none. */
export type PhoneNumber = { readonly number: string } | { readonly problem: `phone.${string}` };

/**
 * Italy, San Marino, the Vatican, Ivory Coast, Benin, Gabon and Congo, where a zero can be part of the number. In brackets
 * it could be either.
 */
const HAS_ZEROS = /^\+(?:39|378|379|225|229|241|242)$/;

/** A country code, then brackets that begin with the zero of domestic calls: `+44(0)20`, `+44(020)`. */
const TRUNK_ZERO = /^(\+[1-9][0-9]{0,2})\(0([0-9]*)\)/;

/** E.164 has 15 at most, the country code included. */
const MAX_PHONE_DIGITS = 15;
const MIN_PHONE_DIGITS = 5;

/** Returns a phone number in E.164, which Cognito requires, without the separators that people write. */
export function phoneNumberOf(text: string): PhoneNumber {
  const joined = plain(text)
    .replace(/^\s*tel:/i, '')
    .replace(/[\s\p{Pd}\u2212./]/gu, '')
    .replace(/^\((\+[0-9]+)\)|^\+\(([0-9]+)\)/, (_all, code = '', digits = '') => code || `+${digits}`);
  const [written = '', country = '', area = ''] = TRUNK_ZERO.exec(joined) ?? [];
  if (written !== '' && area === '' && HAS_ZEROS.test(country)) return { problem: 'phone.zero' };
  const dialled =
    written === '' || HAS_ZEROS.test(country) ? joined : country + area + joined.slice(written.length);
  if (dialled.includes('(0)')) return { problem: 'phone.zero' };
  const number = dialled.replace(/[()]/g, '');
  const [, digits = '', rest = ''] = /^\+([1-9][0-9]*)(.*)$/s.exec(number) ?? [];
  if (digits === '') return { problem: 'phone.format' };
  if (rest !== '') return { problem: 'phone.characters' };
  if (digits.length > MAX_PHONE_DIGITS) return { problem: 'phone.long' };
  return digits.length < MIN_PHONE_DIGITS ? { problem: 'phone.short' } : { number };
}
