/**
 * Sends a request. Resolves to { status, statusText, ok, headers, text, body }, also for errors; status is 0 without a
 * response. With `cookies` the browser sends and stores cookies of this server; without, it does neither.
 */
export function request(given) {
  return responseTo(withHeaders(given));
}

const listeners = [];

/** Calls `listener({ request, response, milliseconds })` for each request that is sent by `send`. */
export function onSent(listener) {
  listeners.push(listener);
}

/** Sends a request like `request`, and shows it on the page. */
export async function send(given) {
  const sent = withHeaders(given);
  const started = performance.now();
  const response = await responseTo(sent);
  const milliseconds = Math.round(performance.now() - started);
  for (const listener of listeners) listener({ request: sent, response, milliseconds });
  return response;
}

function withHeaders({ method, path, body, token, cookies = false }) {
  const headers = { accept: 'application/json' };
  if (token) headers.authorization = `Bearer ${token}`;
  if (body !== undefined) headers['content-type'] = 'application/json';
  return { method, path, headers, body, cookies };
}

async function responseTo({ method, path, headers, body, cookies }) {
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
