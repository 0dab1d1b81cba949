import { byId, el } from './dom.js';
import { json, masked, shorten } from './json-view.js';

/** Response headers that matter to an API client. The others are folded. */
const TELLING = [
  'content-type',
  'cache-control',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'www-authenticate',
  'x-request-id',
];

let last;
let reveal = false;

/**
 * Sends a request and shows it with its response. Resolves to { status, ok, body }, also for errors; status is 0
 * without a response. With `cookies` the browser sends and stores cookies of this server; without, it does neither.
 */
export async function send(given) {
  const sent = withHeaders(given);
  const started = performance.now();
  const response = await answerTo(sent);
  last = { request: sent, response, milliseconds: Math.round(performance.now() - started) };
  show();
  return response;
}

/** Sends a request without showing it. */
export function request(given) {
  return answerTo(withHeaders(given));
}

function withHeaders({ method, path, body, token, cookies = false }) {
  const headers = { accept: 'application/json' };
  if (token) headers.authorization = `Bearer ${token}`;
  if (body !== undefined) headers['content-type'] = 'application/json';
  return { method, path, headers, body, cookies };
}

async function answerTo({ method, path, headers, body, cookies }) {
  try {
    const response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: 'no-store',
      credentials: cookies ? 'same-origin' : 'omit',
      redirect: 'error',
    });
    const text = await response.text();
    return {
      status: response.status,
      statusText: response.statusText,
      ok: response.ok,
      headers: [...response.headers],
      ...parsed(text),
    };
  } catch {
    return {
      status: 0,
      statusText: 'No answer',
      ok: false,
      headers: [],
      text: 'The server did not answer. Is it still running?',
    };
  }
}

function parsed(text) {
  try {
    return { text, body: JSON.parse(text) };
  } catch {
    return { text };
  }
}

export function mountExchange() {
  const toggle = byId('reveal');
  toggle.addEventListener('click', () => {
    reveal = !reveal;
    toggle.setAttribute('aria-pressed', String(reveal));
    if (last) show();
  });
  byId('copy-curl').addEventListener('click', copyCurl);
}

function show() {
  const { request, response, milliseconds } = last;
  // The command needs the cookies, which the page cannot read.
  byId('copy-curl').hidden = request.cookies;
  byId('exchange-body').replaceChildren(
    el(
      'div',
      { class: 'wire' },
      el('h3', {}, 'Request'),
      el(
        'p',
        { class: 'wire-line' },
        el('span', { class: 'method' }, request.method),
        ' ',
        el('span', { class: 'target' }, request.path),
      ),
      headerList(
        Object.entries(request.headers).map(([name, value]) => [
          name,
          name === 'authorization' ? bearer(value) : value,
        ]),
      ),
      request.cookies &&
        el(
          'p',
          { class: 'quiet' },
          'The browser adds its cookies for this server. The page cannot see them.',
        ),
      request.body === undefined
        ? el('p', { class: 'quiet' }, 'No body')
        : block('Request body', json(shown(request.body))),
    ),
    el(
      'div',
      { class: 'wire' },
      el('h3', {}, 'Response'),
      el(
        'p',
        { class: 'wire-line' },
        el(
          'span',
          { class: `status status-${Math.floor(response.status / 100)}` },
          String(response.status || '—'),
        ),
        ' ',
        response.statusText,
        el('span', { class: 'quiet' }, ` in ${milliseconds} ms`),
      ),
      headerList(response.headers.filter(([name]) => TELLING.includes(name))),
      otherHeaders(response.headers.filter(([name]) => !TELLING.includes(name))),
      bodyOf(response),
    ),
  );
}

function shown(body) {
  return reveal ? body : masked(body);
}

function bearer(value) {
  const [scheme, token] = value.split(' ');
  return reveal ? value : `${scheme} ${shorten(token)}`;
}

function bodyOf(response) {
  if (response.body !== undefined) return block('Response body', json(shown(response.body)));
  return response.text ? block('Response body', response.text) : el('p', { class: 'quiet' }, 'No body');
}

/** Focusable, because a long body must scroll with the keyboard. */
function block(label, content) {
  return el('pre', { class: 'json', tabindex: '0', role: 'region', 'aria-label': label }, content);
}

function headerList(headers) {
  return el(
    'dl',
    { class: 'headers' },
    headers.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))),
  );
}

function otherHeaders(headers) {
  if (headers.length === 0) return;
  return el(
    'details',
    { class: 'more' },
    el('summary', {}, `${headers.length} more headers`),
    headerList(headers),
  );
}

async function copyCurl() {
  const button = byId('copy-curl');
  const { method, path, headers, body } = last.request;
  const words = ['curl', '-i', '-X', method, quote(new URL(path, location.href).href)];
  for (const [name, value] of Object.entries(headers)) words.push('-H', quote(`${name}: ${value}`));
  if (body !== undefined) words.push('--data-raw', quote(JSON.stringify(body)));
  try {
    await navigator.clipboard.writeText(words.join(' '));
    button.textContent = 'Copied, secrets included';
  } catch {
    button.textContent = 'Copying failed';
  }
  setTimeout(() => {
    button.textContent = 'Copy as curl';
  }, 2500);
}

function quote(text) {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
