import type { AppChoices, AppFile } from './app-choices.ts';
import { type SignInField, signInField, signUpFields } from './sign-in-fields.ts';

/** Returns the page with the forms, and its script. Scripts never see a token. */
export function pageFiles({ answers }: AppChoices): AppFile[] {
  const { selfSignUp, managedLogin } = answers;
  const login = managedLogin
    ? '\n        <p><a href="/auth/login?returnTo=/">Sign in at the pages of the user pool</a></p>'
    : '';
  const signOut = managedLogin ? '\n        <p><a href="/auth/logout">Sign out at the user pool</a></p>' : '';
  const name = inputs([signInField(answers)]);
  const signUp = `
      <section id="sign-up" hidden>
        <h2>Sign up</h2>
        <form data-path="/auth/sign-up" data-next="confirm">
          ${inputs(signUpFields(answers))}
          ${password('new-password')}
          <button>Sign up</button>
        </form>
        <button data-show="sign-in">Sign in</button>
      </section>

      <section id="confirm" hidden>
        <h2>Confirm your account</h2>
        <form data-path="/auth/confirm-sign-up" data-next="sign-in">
          ${name}
          ${CODE}
          <button>Confirm</button>
        </form>
      </section>
`;
  const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>${answers.name}</title>
    <link rel="stylesheet" href="/page.css">
    <script type="module" src="/page.js"></script>
  </head>
  <body>
    <main>
      <h1>${answers.name}</h1>
      <p role="alert"></p>

      <section id="account" hidden>
        <p>Hello <output></output></p>
        <form data-path="/auth/sign-out" data-next="sign-in"><button>Sign out</button></form>${signOut}
      </section>

      <section id="sign-in" hidden>
        <h2>Sign in</h2>
        <form data-path="/auth/sign-in" data-next="account">
          ${name}
          ${password('current-password')}
          <button>Sign in</button>
        </form>${selfSignUp ? '\n        <button data-show="sign-up">Sign up</button>' : ''}${login}
      </section>
${selfSignUp ? signUp : ''}
      <section id="authenticator" hidden>
        <h2>Authenticator app</h2>
        <p id="secret" hidden>Add this key to your authenticator app: <code></code></p>
        <form data-path="/auth/challenge" data-next="account">
          ${CODE}
          <button>Continue</button>
        </form>
      </section>
    </main>
  </body>
</html>
`;
  return [
    { path: 'public/index.html', content: page },
    { path: 'public/page.js', content: SCRIPT },
    { path: 'public/page.css', content: STYLE },
  ];
}

const CODE =
  '<label>Code <input name="confirmationCode" inputmode="numeric" autocomplete="one-time-code" required></label>';

function inputs(fields: readonly SignInField[]): string {
  const line = ({ path, label, type }: SignInField): string =>
    `<label>${label} <input name="${path}" type="${type}" autocomplete="${type === 'text' ? 'username' : type}" required></label>`;
  return fields.map(line).join('\n          ');
}

function password(autocomplete: string): string {
  return `<label>Password <input name="password" type="password" autocomplete="${autocomplete}" required></label>`;
}

const STYLE = `body {
  font: 1rem/1.5 system-ui, sans-serif;
  margin: 2rem;
}

main {
  max-width: 24rem;
}

label,
input {
  display: block;
  width: 100%;
  box-sizing: border-box;
}

label {
  margin: 0 0 1rem;
}

[role='alert']:not(:empty) {
  border-left: 0.25rem solid #b00020;
  padding-left: 0.75rem;
}
`;

const SCRIPT = `// The tokens are in httpOnly cookies, which no script can read.

const alertLine = document.querySelector('[role=alert]');
let challenge;

async function send(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = await response.json();
  if (response.ok) return answer;
  const reasons = (answer.errors ?? []).map(({ path, message }) => \`\${path.slice(1)} \${message}.\`);
  throw Object.assign(new Error([answer.detail, ...reasons].join(' ')), { status: response.status });
}

async function show(id) {
  if (id === 'account') {
    const { hello } = await send('GET', '/api/hello');
    document.querySelector('output').textContent = hello;
  }
  for (const section of document.querySelectorAll('section')) section.hidden = section.id !== id;
}

/** Returns the body of a form. A name such as attributes.email is a member of an object. */
function bodyOf(form) {
  const body = {};
  for (const [name, value] of new FormData(form)) {
    const [first, second] = name.split('.');
    if (second) body[first] = { ...body[first], [second]: value };
    else body[first] = value;
  }
  return body;
}

async function ask(next) {
  challenge = next;
  const isNew = next.name === 'MFA_SETUP';
  if (!isNew && next.name !== 'SOFTWARE_TOKEN_MFA') throw new Error(\`This page has no form for \${next.name}.\`);
  document.querySelector('#secret').hidden = !isNew;
  if (isNew) document.querySelector('#secret code').textContent = (await send('POST', '/auth/mfa/totp', {})).secretCode;
  await show('authenticator');
}

async function submit({ dataset: { path, next } }, body) {
  if (path === '/auth/challenge') {
    const { name, username } = challenge;
    if (name === 'MFA_SETUP') await send('POST', '/auth/mfa/totp/verify', body);
    body = { name, username, ...(name !== 'MFA_SETUP' && body) };
  }
  const answer = await send('POST', path, body);
  if (answer.status === 'challenge') return ask(answer.challenge);
  await show(next);
}

for (const form of document.forms) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    alertLine.textContent = '';
    await submit(form, bodyOf(form)).catch((error) => {
      alertLine.textContent = error.message;
    });
  });
}

for (const button of document.querySelectorAll('[data-show]'))
  button.addEventListener('click', () => show(button.dataset.show));

// A visitor without a session gets 401, and then the form.
show('account').catch(() => show('sign-in'));
`;
