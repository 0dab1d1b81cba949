/**
 * A single-page app on one port, and its API on another: cookies, CORS and the CSRF check work together.
 * Uses COGNITO_USER_POOL_ID and COGNITO_CLIENT_ID if they are set, else a user pool of its own, in memory.
 * Run it with node --import tsx examples/spa.ts
 */
import cors from 'cors';
import express from 'express';
import { createCognitoRouter, getProfile } from 'express-cognito-kit';
import { startLocalUserPool } from 'express-cognito-kit/local';

const ADA = { username: 'ada@example.com', password: 'Analytical-1843' };
const local = process.env.COGNITO_USER_POOL_ID
  ? undefined
  : await startLocalUserPool({ users: [ADA], quiet: true });

const apiPort = Number(process.env.PORT ?? 3000);
const pagePort = Number(process.env.PAGE_PORT ?? 5173);
// Both must be the same site: the same host name, here, or two hosts of one domain.
const frontEnds = [`http://localhost:${pagePort}`];

const auth = createCognitoRouter({
  ...local?.config,
  transport: 'cookie',
  autoRefresh: true,
  trustedOrigins: frontEnds,
  profileClaims: ['email'],
  cookieSecret: process.env.COOKIE_SECRET ?? 'only for this example: 32 characters or more',
  // Not every browser takes Secure cookies from localhost. Anywhere else, leave dangerouslyAllowHttp out.
  cookies: { dangerouslyAllowHttp: local !== undefined },
  logger: false,
});

const api = express();
api.use(cors({ origin: frontEnds, credentials: true, exposedHeaders: ['Retry-After', 'WWW-Authenticate'] }));
api.use('/auth', auth);
api.get('/hello', auth.requireAuth(), (req, res) => {
  res.json({ hello: getProfile(req)?.email });
});

// In place of the development server of your front end.
const pages = express();
pages.get('/', (_req, res) => {
  res.send(`<!doctype html>
    <html lang="en">
      <meta charset="utf-8">
      <title>Single-page app</title>
      <form>
        <label>E-mail <input name="email" type="email" autocomplete="username"></label>
        <label>Password <input name="password" type="password" autocomplete="current-password"></label>
        <button>Sign in</button>
      </form>
      <button id="out">Sign out</button>
      <p role="status">Signed out</p>
      <script type="module">
        const call = (path, body) => fetch('http://localhost:${apiPort}' + path, {
          credentials: 'include',
          ...(body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
        });
        const show = async () => {
          const answer = await (await call('/hello')).json();
          document.querySelector('[role=status]').textContent = answer.hello ? 'Hello ' + answer.hello : answer.title;
        };
        document.forms[0].addEventListener('submit', async (event) => {
          event.preventDefault();
          await call('/auth/sign-in', Object.fromEntries(new FormData(event.target)));
          await show();
        });
        document.querySelector('#out').addEventListener('click', async () => {
          await call('/auth/sign-out', {});
          await show();
        });
      </script>
    </html>`);
});

const pageServer = pages.listen(pagePort, 'localhost');
const server = api.listen(apiPort, 'localhost', (error) => {
  if (error) throw error;
  console.log(`Open http://localhost:${pagePort}; the API is at http://localhost:${apiPort}`);
  if (local) console.log(`Sign in as ${ADA.username} with ${ADA.password}`);
});

// Requests under way are finished first. A second signal ends the process at once.
const stop = async (): Promise<void> => {
  process.off('SIGTERM', stop).off('SIGINT', stop);
  pageServer.close();
  await auth.close({ server });
  await local?.close();
  process.exit();
};
process.on('SIGTERM', stop).on('SIGINT', stop);
