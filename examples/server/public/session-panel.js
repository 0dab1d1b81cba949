import { copyButton } from './copy-button.js';
import { byId, clock, el } from './dom.js';
import { json } from './json-view.js';
import { decode } from './jwt.js';
import { session } from './session.js';

export function mountSession() {
  session.addEventListener('change', render);
  byId('forget-tokens').addEventListener('click', () => session.signOut());
  setInterval(tick, 1000);
  render();
}

const TOKENS = [
  ['accessToken', 'Access token', 'Sent with each request to a protected route.'],
  ['idToken', 'ID token', 'Identifies the user to your app. Not for APIs.'],
];

function render() {
  const { tokens, user, challenge } = session;
  byId('forget-tokens').hidden = !tokens;
  const body = byId('session-body');
  if (tokens) body.replaceChildren(...signedIn(tokens));
  else if (user) body.replaceChildren(...signedInByCookie(user));
  else if (challenge)
    body.replaceChildren(
      el('p', {}, 'Sign-in in progress: ', el('code', {}, challenge.name), ' needs an answer.'),
    );
  else
    body.replaceChildren(
      el('p', { class: 'quiet' }, `No user is signed in${session.inCookies ? ' by cookie' : ''}.`),
    );
  tick();
}

function signedIn(tokens) {
  const access = decode(tokens.accessToken)?.payload ?? {};
  const id = decode(tokens.idToken ?? '')?.payload ?? {};
  const groups = access['cognito:groups'] ?? [];
  return [
    facts([
      ['User', id.email ?? id.phone_number ?? access.username ?? 'unknown'],
      ['Groups', groups.length > 0 ? groups.join(', ') : 'none'],
      ['Access token', el('span', { 'data-expires': access.exp })],
    ]),
    ...TOKENS.filter(([name]) => tokens[name]).map(([name, title, about]) =>
      jwtView(title, about, tokens[name]),
    ),
    tokens.refreshToken &&
      el(
        'details',
        { class: 'token' },
        el('summary', {}, 'Refresh token'),
        el(
          'p',
          { class: 'quiet' },
          'Opaque; only the user pool can read it. It is exchanged for new tokens, so protect it like a password.',
        ),
        el(
          'p',
          { class: 'raw', tabindex: '0', role: 'region', 'aria-label': 'Refresh token, as sent' },
          tokens.refreshToken,
        ),
        copyButton('Refresh token, as sent', () => tokens.refreshToken),
      ),
  ].filter(Boolean);
}

function signedInByCookie({ name, username, groups }) {
  return [
    facts([
      ['User', name ?? username],
      ['Groups', groups.length > 0 ? groups.join(', ') : 'none'],
      ['Access token', el('span', { 'data-expires': session.until })],
    ]),
    el(
      'div',
      { class: 'token' },
      el('h3', {}, 'What the scripts of this page see'),
      el(
        'p',
        { class: 'raw', tabindex: '0', role: 'region', 'aria-label': 'What scripts see' },
        `document.cookie → ${JSON.stringify(document.cookie)}`,
      ),
      el(
        'p',
        { class: 'quiet' },
        'The tokens are in httpOnly cookies. The browser sends them with each request to this server. Scripts cannot read them, and responses do not contain them.',
      ),
    ),
  ];
}

function facts(rows) {
  return el(
    'dl',
    { class: 'facts' },
    rows.map(([term, value]) => el('div', {}, el('dt', {}, term), el('dd', {}, value))),
  );
}

function jwtView(title, about, token) {
  const parts = decode(token);
  const [header, payload, signature] = token.split('.');
  return el(
    'details',
    { class: 'token' },
    el('summary', {}, title),
    el('p', { class: 'quiet' }, about),
    parts && el('h3', {}, 'Header'),
    parts &&
      el(
        'pre',
        { class: 'json part-a', role: 'region', 'aria-label': `${title}, header` },
        json(parts.header),
      ),
    parts && el('h3', {}, 'Payload'),
    parts &&
      el(
        'pre',
        { class: 'json part-b', role: 'region', 'aria-label': `${title}, payload` },
        json(parts.payload),
      ),
    parts && el('h3', {}, 'Times'),
    parts && times(parts.payload),
    el('h3', {}, 'As sent'),
    el(
      'p',
      { class: 'raw', tabindex: '0', role: 'region', 'aria-label': `${title}, as sent` },
      el('span', { class: 'ink-a' }, header),
      '.',
      el('span', { class: 'ink-b' }, payload),
      '.',
      el('span', { class: 'ink-c' }, signature),
    ),
    copyButton(`${title}, as sent`, () => token),
  );
}

const TIMES = { auth_time: 'Signed in', iat: 'Issued', exp: 'Expires' };

function times(payload) {
  const rows = Object.entries(TIMES).filter(([claim]) => Number.isFinite(payload[claim]));
  return facts(rows.map(([claim, label]) => [label, new Date(payload[claim] * 1000).toLocaleTimeString()]));
}

/** Countdowns run in silence: a live region that speaks every second would drown everything else. */
function tick() {
  for (const node of document.querySelectorAll('[data-expires]')) {
    const left = Number(node.dataset.expires) - Date.now() / 1000;
    node.textContent = left > 0 ? `expires in ${clock(left)}` : 'has expired: refresh it or sign in again';
    node.classList.toggle('expired', left <= 0);
  }
}
