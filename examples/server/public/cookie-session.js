import { byId, el } from './dom.js';
import { request } from './send.js';
import { session } from './session.js';

/**
 * Shows the choice of transport. Resolves when the signed-in user is known, which needs a request if the tokens are in
 * cookies.
 */
export async function mountTransport({ transport }) {
  if (transport !== 'both') session.use(transport);
  byId('transport').hidden = transport !== 'both';
  const choices = byId('transport').querySelectorAll('input');
  const showChoice = () => {
    for (const choice of choices) choice.checked = choice.value === session.transport;
  };
  showChoice();
  session.addEventListener('change', showChoice);
  for (const choice of choices) {
    choice.addEventListener('change', async () => {
      session.use(choice.value);
      byId('outcome').replaceChildren(el('p', { class: 'good' }, MEANING[choice.value]));
      await askWhoItIs();
    });
  }
  session.addEventListener('change', askForName);
  await askWhoItIs();
}

const MEANING = {
  bearer: 'The next sign-in returns tokens, which this page keeps and sends in the Authorization header.',
  cookie: 'The next sign-in sets cookies, which the browser sends. This page cannot read the tokens.',
};

/** Reads the user from a protected route. Refreshes first if the access token has expired. */
async function askWhoItIs() {
  if (!session.inCookies) return;
  const server = await request({ method: 'GET', path: '/console.json', cookies: true });
  if (server.ok && !server.body.hasSession) {
    if (session.user) session.signOut();
    return;
  }
  const profile = await request({ method: 'GET', path: '/api/profile', cookies: true });
  if (profile.ok) {
    const { username, groups, expiresAt } = profile.body;
    session.recognize({ username, groups }, Date.parse(expiresAt) / 1000);
    return;
  }
  if (profile.status !== 401) return;
  const renewed = await request({ method: 'POST', path: '/auth/refresh', body: {}, cookies: true });
  if (renewed.ok) session.renew(renewed.body);
  else if (session.user) session.signOut();
}

/** Reads a readable name, because the user name may be an id. */
async function askForName() {
  const { user } = session;
  if (!user || user.name !== undefined) return;
  session.recognize({ name: user.username });
  const me = await request({ method: 'GET', path: '/auth/me', cookies: true });
  const { email, phone_number: phone } = me.body?.attributes ?? {};
  if (me.ok && session.user?.username === user.username) {
    session.recognize({ name: email ?? phone ?? user.username });
  }
}
