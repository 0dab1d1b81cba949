/**
 * A page with a sign-in form, a page behind it, and a form there that changes something: the tokens are in httpOnly
 * cookies, so that the page's scripts need no code for them and cannot lose them.
 * Uses COGNITO_USER_POOL_ID and COGNITO_CLIENT_ID if they are set, else a user pool of its own, in memory.
 * Run it with node --import tsx examples/browser-session.ts
 */
import express, { type RequestHandler } from 'express';
import { createCognitoRouter, getAuth, safeReturnTo } from 'express-cognito-kit';
import { startLocalUserPool } from 'express-cognito-kit/local';

const ADA = { username: 'ada@example.com', password: 'Analytical-1843' };
const local = process.env.COGNITO_USER_POOL_ID
  ? undefined
  : await startLocalUserPool({ users: [ADA], quiet: true });

const app = express();
// Not every browser takes Secure cookies from localhost. Anywhere else, leave dangerouslyAllowHttp out.
const cookies = { dangerouslyAllowHttp: local !== undefined };
// The access token lives for minutes, the session for weeks.
const auth = createCognitoRouter({ ...local?.config, transport: 'cookie', cookies, autoRefresh: true });
app.use('/auth', auth);

// No page is kept anywhere: after a sign-out the back button finds nothing. And no script runs but /page.js.
const securePage: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store');
  res.set('Content-Security-Policy', "default-src 'self'; base-uri 'none'; frame-ancestors 'none'");
  next();
};

app.get('/', securePage, (req, res) => {
  const then = escaped(safeReturnTo(req.query.returnTo, '/account'));
  res.send(
    page(`<h1>Sign in</h1>
      <form data-to="/auth/sign-in" data-then="${then}">
        <p><label>E-mail <input name="email" type="email" autocomplete="username"></label></p>
        <p><label>Password <input name="password" type="password" autocomplete="current-password"></label></p>
        <button>Sign in</button>
      </form>`),
  );
});

const notes = new Map<string, string>();

// A browser that opens the page without a session is sent to the form, and back after the sign-in. Scripts get 401.
const signedIn = auth.requireAuth({ signInPage: '/' });
app.get('/account', securePage, signedIn, (req, res) => {
  const { sub, username } = getAuth(req);
  res.send(
    page(`<h1>Account</h1>
      <p>Signed in as ${escaped(username ?? sub)}.</p>
      <p>Your note: ${escaped(notes.get(sub) ?? 'none yet')}</p>
      <form data-to="/note" data-then="/account">
        <p><label>New note <input name="note" autocomplete="off"></label></p>
        <button>Keep it</button>
      </form>
      <form data-to="/auth/sign-out" data-then="/"><button>Sign out</button></form>`),
  );
});

// requireAuth lets no other site's page do this with the cookies of its visitors.
app.post('/note', auth.requireAuth(), express.json(), (req, res) => {
  notes.set(getAuth(req).sub, String(req.body.note));
  res.json({ status: 'kept' });
});

const SCRIPT = `
const post = (path, body) => fetch(path, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

for (const form of document.forms) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const response = await post(form.dataset.to, Object.fromEntries(new FormData(form)));
    const { status, challenge, detail } = await response.json();
    if (response.ok && status !== 'challenge') return location.assign(form.dataset.then);
    const problem = challenge ? 'This account has one more step: ' + challenge.name : detail;
    document.querySelector('[role=alert]').textContent = problem;
  });
}
`;
app.get('/page.js', (_req, res) => {
  res.type('js').send(SCRIPT);
});

function page(body: string): string {
  return `<!doctype html>
    <html lang="en">
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width">
      <title>Browser session</title>
      <script type="module" src="/page.js"></script>
      ${body}
      <p role="alert"></p>
    </html>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

const port = Number(process.env.PORT ?? 3000);
const server = app.listen(port, 'localhost', (error) => {
  if (error) throw error;
  console.log(`http://localhost:${port}`);
  if (local) console.log(`Sign in as ${ADA.username} with ${ADA.password}`);
});

// Requests under way are finished first. A second signal ends the process at once.
const stop = async (): Promise<void> => {
  process.off('SIGTERM', stop).off('SIGINT', stop);
  await auth.close({ server });
  await local?.close();
  process.exit();
};
process.on('SIGTERM', stop).on('SIGINT', stop);
