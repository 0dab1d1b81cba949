import { byId, el } from './dom.js';
import { request, send } from './send.js';
import { session } from './session.js';

/** The listed sessions of the current session's user. */
let listed;
/** Result of the last request. */
let news;
let whose;

export function mountMySessions() {
  byId('list-sessions').addEventListener('click', () => {
    news = undefined;
    return list(send);
  });
  byId('sign-out-all').addEventListener('click', signOutEverywhere);
  session.addEventListener('change', () => {
    const now = session.tokens?.refreshToken ?? session.user?.username;
    if (now !== whose) listed = undefined;
    if (now !== whose && now !== undefined) news = undefined;
    whose = now;
    render();
  });
  render();
}

function authorized(given) {
  return { ...given, token: session.tokens?.accessToken, cookies: session.inCookies };
}

/** `ask` is `send`, which shows the request, or `request`, which does not. */
async function list(ask) {
  const all = [];
  let next;
  do {
    const query = next === undefined ? '' : `?nextToken=${encodeURIComponent(next)}`;
    const response = await ask(authorized({ method: 'GET', path: `/auth/sessions${query}` }));
    if (!response.ok) {
      refused(response);
      return;
    }
    all.push(...response.body.sessions);
    next = response.body.nextToken;
  } while (next !== undefined);
  listed = all;
  news ??= `${all.length} ${all.length === 1 ? 'session' : 'sessions'}.`;
  render();
}

async function end(id) {
  const path = `/auth/sessions/${encodeURIComponent(id)}`;
  const response = await send(authorized({ method: 'DELETE', path }));
  if (!response.ok && response.status !== 404) {
    refused(response);
    return;
  }
  news = 'The session is revoked.';
  await list(request);
  byId('list-sessions').focus();
}

async function signOutEverywhere() {
  const body = { everywhere: true };
  const response = await send(authorized({ method: 'POST', path: '/auth/sign-out', body }));
  if (!response.ok) {
    refused(response);
    return;
  }
  news = 'Signed out everywhere, here too.';
  session.signOut();
  byId('my-sessions').focus();
}

/** Deletes the browser's tokens of a session that was revoked elsewhere. */
async function signOutHere() {
  const refreshToken = session.tokens?.refreshToken;
  await send({ method: 'POST', path: '/auth/sign-out', body: { refreshToken }, cookies: session.inCookies });
  news = undefined;
  session.signOut();
  byId('my-sessions').focus();
}

function refused({ status, statusText, body, text }) {
  listed = undefined;
  news = `${status || ''} ${body?.title ?? statusText}. ${body?.detail ?? text ?? ''}`;
  if (session.isSignedIn) news = EXPLAINED[body?.code]?.() ?? news;
  render();
}

/** Messages for errors of a session, by problem code. */
const EXPLAINED = {
  invalid_token: () => [
    el('strong', {}, 'This session has ended. '),
    'It was signed out elsewhere. ',
    el('button', { type: 'button', class: 'plain', onclick: signOutHere }, 'Sign out here as well'),
  ],
  token_expired: expired,
  missing_token: expired,
};

function expired() {
  return ['The access token has expired. Please ', el('a', { href: '#refresh' }, 'refresh the tokens'), '.'];
}

function render() {
  byId('list-sessions').hidden = !session.isSignedIn;
  byId('list-sessions').textContent = listed ? 'List again' : 'List them';
  byId('sign-out-all').hidden = !listed;
  byId('my-sessions-news').replaceChildren(...[news ?? ''].flat());
  byId('my-sessions-body').replaceChildren(
    listed
      ? el('ol', { class: 'sessions' }, listed.map(item))
      : el(
          'p',
          { class: 'quiet' },
          session.isSignedIn ? 'Where else is this user signed in?' : 'Sign in to list your sessions.',
        ),
    listed ? el('p', { class: 'quiet' }, EFFECT) : '',
  );
}

const EFFECT =
  'A revoked session cannot be refreshed, and the user pool refuses its tokens. The routes of this server refuse them within seconds, because they ask the user pool (introspect). Other routes accept them until the access token expires.';

function item({ id, current, device, ip, location, createdAt, lastActiveAt }) {
  const place = [device, ip, location?.city, location?.country]
    .filter((part) => part && part !== 'unknown')
    .join(', ');
  return el(
    'li',
    { class: current ? 'current' : undefined },
    el(
      'div',
      {},
      el('h3', {}, current ? 'This session' : 'Another session'),
      place && el('p', { class: 'quiet' }, place),
      el('p', { class: 'quiet' }, 'Began ', time(createdAt), ', last used ', time(lastActiveAt)),
      el('p', { class: 'id' }, id),
    ),
    !current &&
      el(
        'button',
        { type: 'button', class: 'plain', 'aria-label': `End it: session ${id}`, onclick: () => end(id) },
        'End it',
      ),
  );
}

function time(at) {
  if (at === undefined) return 'at an unknown time';
  const date = new Date(at);
  const today = date.toDateString() === new Date().toDateString();
  return el(
    'time',
    { datetime: at },
    today ? `at ${date.toLocaleTimeString()}` : `on ${date.toLocaleDateString()}`,
  );
}
