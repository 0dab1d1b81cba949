import { el } from './dom.js';
import { isPassword, isToken } from './secret-members.js';

/** Shortens secrets to their ends, which distinguish them. Hides passwords and their length. */
export function shorten(token) {
  return token.length > 40 ? `${token.slice(0, 12)}…${token.slice(-6)}` : token;
}

/** Returns a copy with hidden passwords and shortened tokens. */
export function masked(value) {
  if (Array.isArray(value)) return value.map(masked);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, maskedMember(key, inner)]));
}

function maskedMember(key, value) {
  if (typeof value !== 'string' || value === '') return masked(value);
  if (isPassword(key)) return '••••••••';
  return isToken(key) ? shorten(value) : value;
}

const PIECE = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Returns highlighted, pretty-printed JSON as a list of nodes. */
export function json(value) {
  const text = JSON.stringify(value, undefined, 2) ?? '';
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(PIECE)) {
    nodes.push(text.slice(end, match.index));
    const [whole, string, colon] = match;
    const kind = colon ? 'json-key' : string ? 'json-string' : 'json-value';
    nodes.push(el('span', { class: kind }, colon ? string : whole), colon ?? '');
    end = match.index + whole.length;
  }
  nodes.push(text.slice(end));
  return nodes;
}
