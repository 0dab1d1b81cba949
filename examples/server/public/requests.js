import { codeTabs } from './code-tabs.js';
import { byId, el } from './dom.js';
import { json, masked, shorten } from './json-view.js';
import { onSent } from './send.js';

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

const KEPT = 30;

/** The latest exchanges, oldest first. */
const exchanges = [];
let shown;
let reveal = false;
let count = 0;

/** Shows each request as it was sent, with its response and as code. */
export function mountRequests() {
  const toggle = byId('reveal');
  toggle.addEventListener('click', () => {
    reveal = !reveal;
    toggle.setAttribute('aria-pressed', String(reveal));
    if (shown) show(shown);
  });
  const choice = byId('request-choice');
  choice.addEventListener('change', () => {
    show(exchanges.find(({ number }) => String(number) === choice.value));
  });
  onSent((exchange) => {
    exchanges.push({ ...exchange, number: ++count });
    if (exchanges.length > KEPT) exchanges.shift();
    byId('request-log').hidden = false;
    choice.replaceChildren(...exchanges.toReversed().map(optionOf));
    show(exchanges.at(-1));
  });
}

function optionOf({ number, request: { method, path }, response: { status } }) {
  return el('option', { value: String(number) }, `${number}: ${method} ${path}, ${status || 'no answer'}`);
}

function show(exchange) {
  shown = exchange;
  const { request, response, milliseconds } = exchange;
  byId('requests-body').replaceChildren(
    el('div', { class: 'exchange' }, requestView(request), responseView(response, milliseconds)),
    codeTabs(exchange),
  );
}

function requestView(request) {
  return el(
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
      el('p', { class: 'quiet' }, 'The browser adds its cookies for this server. The page cannot see them.'),
    request.body === undefined
      ? el('p', { class: 'quiet' }, 'No body')
      : block('Request body', json(withSecrets(request.body))),
  );
}

function responseView(response, milliseconds) {
  return el(
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
  );
}

function withSecrets(body) {
  return reveal ? body : masked(body);
}

function bearer(value) {
  const [scheme, token] = value.split(' ');
  return reveal ? value : `${scheme} ${shorten(token)}`;
}

function bodyOf(response) {
  if (response.body !== undefined) return block('Response body', json(withSecrets(response.body)));
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
