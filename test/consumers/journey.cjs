const assert = require('node:assert/strict');

const email = 'ada@example.com';
const password = 'Correct-horse-7';

/** Where the pool's managed login pages send the browser back to; nothing listens there. */
const callback = 'http://localhost:3000/auth/callback';

/** The options of a local pool and of a router that have what `managedLogin` needs. */
exports.poolOptions = { appClient: { CallbackURLs: [callback] } };
exports.routerOptions = {
  cookieSecret: 'a secret of the tests, and of nobody else',
  managedLogin: { redirectUri: callback, scopes: ['openid', 'email'] },
  logger: false,
};

/**
 * What a user does: sign up, confirm, sign in, call a protected route, sign out. The consumers run it over
 * HTTP against the app that they started; it is copied beside each of them.
 */
exports.journey = async function journey(url, inbox) {
  const refused = await fetch(`${url}/reports`);
  assert.equal(refused.status, 401);
  assert.equal(refused.headers.get('www-authenticate'), 'Bearer realm="api"');

  await post(`${url}/auth/sign-up`, { email, password });
  const { code } = await inbox.waitFor({ to: email });
  await post(`${url}/auth/confirm-sign-up`, { email, confirmationCode: code });
  const { status, tokens } = await post(`${url}/auth/sign-in`, { email, password });
  assert.equal(status, 'complete');
  await readReports(url, tokens.accessToken);

  const { refreshToken } = tokens;
  await post(`${url}/auth/sign-out`, { refreshToken });
  const ended = await request(`${url}/auth/refresh`, { refreshToken });
  assert.equal(ended.status, 401);
};

/** The same user signs in at the pool's own pages, after the journey. */
exports.managedLogin = async function managedLogin(url) {
  const begun = await fetch(`${url}/auth/login`, { redirect: 'manual' });
  assert.equal(begun.status, 303);
  const page = await fetch(begun.headers.get('location'));
  const hidden = [...(await page.text()).matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)];
  const body = new URLSearchParams({ username: email, password });
  for (const [, name, value] of hidden) body.set(name, value);
  const headers = { cookie: cookiesOf(page) };
  const sent = await fetch(page.url, { method: 'POST', redirect: 'manual', headers, body });
  const answer = new URL(sent.headers.get('location'));
  assert.equal(answer.origin + answer.pathname, callback);

  const ended = await fetch(`${url}/auth/callback${answer.search}`, {
    headers: { cookie: cookiesOf(begun) },
  });
  const { status, tokens } = await ended.json();
  assert.equal(status, 'complete');
  await readReports(url, tokens.accessToken);
};

async function readReports(url, accessToken) {
  const allowed = await fetch(`${url}/reports`, { headers: { authorization: `Bearer ${accessToken}` } });
  assert.equal(allowed.status, 200);
  const { sub } = await allowed.json();
  assert.match(sub, /^[\da-f-]{36}$/);
}

function cookiesOf(response) {
  return response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
}

async function post(url, body) {
  const response = await request(url, body);
  assert.equal(response.status, 200, `${url} answered ${response.status}`);
  return response.json();
}

function request(url, body) {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}
