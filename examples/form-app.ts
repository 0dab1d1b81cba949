/**
 * Pages that a server renders, with plain HTML forms and redirects: no script runs in the browser.
 * Uses COGNITO_USER_POOL_ID and COGNITO_CLIENT_ID if they are set, else a user pool of its own, in memory.
 * Run it with node --import tsx examples/form-app.ts
 */
import express, { type Request } from 'express';
import { createCognitoRouter, getProfile, type OnProblem, reply } from 'express-cognito-kit';
import { startLocalUserPool } from 'express-cognito-kit/local';

const ADA = { username: 'ada@example.com', password: 'Analytical-1843' };
const local = process.env.COGNITO_USER_POOL_ID
  ? undefined
  : await startLocalUserPool({ users: [ADA], quiet: true });

/** Sends a refused form back to its page, with what the user can do about it. */
const backToForm: OnProblem = ({ detail, errors = [] }, req, res) => {
  const message = [detail, ...errors.map(({ path, message }) => `${path.slice(1)} ${message}.`)].join(' ');
  const page = FORM_OF[(req as Request).path] ?? '/sign-in';
  res.redirect(303, `${page}?${new URLSearchParams({ message })}`);
};

const FORM_OF: Record<string, string> = { '/sign-up': '/sign-up', '/confirm-sign-up': '/confirm' };

const auth = createCognitoRouter({
  ...local?.config,
  transport: 'cookie',
  autoRefresh: true,
  forms: true,
  profileClaims: ['email'],
  cookieSecret: process.env.COOKIE_SECRET ?? 'only for this example: 32 characters or more',
  // Not every browser takes Secure cookies from localhost. Anywhere else, leave dangerouslyAllowHttp out.
  cookies: { dangerouslyAllowHttp: local !== undefined },
  hooks: {
    response: {
      signUp: ({ body }) =>
        reply({ redirect: `/confirm?${new URLSearchParams({ email: String(body.email) })}` }),
      confirmSignUp: () => reply({ redirect: '/sign-in?message=Confirmed.' }),
      signIn: ({ response }) =>
        reply({
          redirect: response.status === 'challenge' ? '/sign-in?message=One+more+step+is+needed.' : '/',
        }),
      signOut: () => reply({ redirect: '/sign-in' }),
    },
  },
  onError: backToForm,
  logger: false,
});

const app = express();
app.use('/auth', auth);
app.get(
  '/',
  auth.requireAuth({ onError: (_problem, _req, res) => res.redirect(303, '/sign-in') }),
  (req, res) => {
    res.send(
      page(
        req,
        `<p>Hello ${escaped(getProfile(req)?.email ?? '')}</p>${form('/auth/sign-out', '', 'Sign out')}`,
      ),
    );
  },
);
app.get('/sign-in', (req, res) => {
  const link = '<a href="/sign-up">Sign up</a>';
  res.send(page(req, `${form('/auth/sign-in', EMAIL + PASSWORD, 'Sign in')}${link}`));
});
app.get('/sign-up', (req, res) => {
  res.send(page(req, form('/auth/sign-up', EMAIL + PASSWORD, 'Sign up')));
});
app.get('/confirm', (req, res) => {
  const email = `<input name="email" type="hidden" value="${escaped(String(req.query.email ?? ''))}">`;
  const code = '<label>Code <input name="confirmationCode" autocomplete="one-time-code"></label>';
  res.send(page(req, form('/auth/confirm-sign-up', email + code, 'Confirm')));
});

const EMAIL = '<label>E-mail <input name="email" type="email" autocomplete="username"></label>';
const PASSWORD = '<label>Password <input name="password" type="password"></label>';

function form(action: string, fields: string, button: string): string {
  return `<form method="post" action="${action}">${fields}<button>${button}</button></form>`;
}

function page({ query }: Request, body: string): string {
  const message = query.message === undefined ? '' : `<p role="alert">${escaped(String(query.message))}</p>`;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Forms</title>${message}${body}</html>`;
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
