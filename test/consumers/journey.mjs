import assert from 'node:assert/strict';

/**
 * What a user does: sign up, confirm, sign in, call a protected route, sign out. The consumers run it over
 * HTTP against the app that they started; it is copied beside each of them.
 */
export async function journey(url, inbox) {
  const email = 'ada@example.com';
  const password = 'Correct-horse-7';

  const refused = await fetch(`${url}/reports`);
  assert.equal(refused.status, 401);
  assert.equal(refused.headers.get('www-authenticate'), 'Bearer');

  await post(`${url}/auth/sign-up`, { email, password });
  const { code } = await inbox.waitFor({ to: email });
  await post(`${url}/auth/confirm-sign-up`, { email, confirmationCode: code });
  const { status, tokens } = await post(`${url}/auth/sign-in`, { email, password });
  assert.equal(status, 'complete');

  const allowed = await fetch(`${url}/reports`, {
    headers: { authorization: `Bearer ${tokens.accessToken}` },
  });
  assert.equal(allowed.status, 200);
  const { sub } = await allowed.json();
  assert.match(sub, /^[\da-f-]{36}$/);

  const { refreshToken } = tokens;
  await post(`${url}/auth/sign-out`, { refreshToken });
  const ended = await request(`${url}/auth/refresh`, { refreshToken });
  assert.equal(ended.status, 401);
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
