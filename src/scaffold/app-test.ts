import type { AppChoices } from './app-choices.ts';
import { SEED_FILE } from './local-seed.ts';
import { type ModuleSyntax, moduleSyntax } from './module-syntax.ts';
import { needsCookieSecret } from './router-options.ts';
import { type SignInField, signInField, signUpFields } from './sign-in-fields.ts';

/** Returns a test for node:test that signs a new user up and in, and reads the protected route. */
export function appTest(choices: AppChoices): string {
  const { answers, transport } = choices;
  const syntax = moduleSyntax(choices);
  const { whole, named, file, ts } = syntax;
  const needsMfa = answers.mfa === 'required';
  const isSealed = needsCookieSecret(answers, transport);
  const secret = isSealed ? "const cookieSecret = 'a secret for tests of 32 characters or more';\n" : '';
  const createApp = isSealed
    ? 'createApp: (options) => createApp({ ...options, cookieSecret })'
    : 'createApp';
  return `${whole('assert', 'node:assert/strict')}
${named(['after', 'before', 'test'], 'node:test')}
${needsMfa ? `${named(['totpCode'], 'express-cognito-kit/local')}\n` : ''}${named(['startTestApp'], 'express-cognito-kit/testing', ['TestApp'])}
${named(['createApp'], file('app'))}

const NAME = { ${membersOf([signInField(answers)])} };
const PASSWORD = 'correct-Horse-7-battery';
${secret}
let server${ts(': TestApp')};
before(async () => {
  // A local user pool with the settings of your own, on free ports.
  const pool = { seed: '${SEED_FILE}' };
  server = await startTestApp({ ${createApp}, pool });
});
after(() => server.close());

test('a visitor without a session gets 401', async () => {
  const response = await fetch(\`\${server.url}/api/hello\`);
  assert.equal(response.status, 401);
});

test('a new user ${answers.selfSignUp ? 'signs up and in, and' : 'signs in, and'} reads the protected route', async () => {
${newUser(choices)}
${signIn(choices)}
  const hello = await send('GET', '/api/hello'${transport === 'bearer' ? ', undefined, tokens.accessToken' : ''});
  assert.ok(hello.hello);
});

${ts(ANSWER)}${transport === 'bearer' ? sendWithToken(syntax) : sendWithCookies(syntax)}`;
}

function newUser({ answers }: AppChoices): string {
  if (!answers.selfSignUp) {
    const { sample } = signInField(answers);
    return `  server.pool.addUser({ username: '${sample}', password: PASSWORD });`;
  }
  const fields = signUpFields(answers);
  const names = fields.length === 1 ? '...NAME' : membersOf(fields);
  return `  await send('POST', '/auth/sign-up', { ${names}, password: PASSWORD });
  const { code } = await server.pool.inbox.waitFor({ kind: 'sign_up' });
  await send('POST', '/auth/confirm-sign-up', { ...NAME, confirmationCode: code });
`;
}

function signIn({ answers, transport }: AppChoices): string {
  const credentials = "await send('POST', '/auth/sign-in', { ...NAME, password: PASSWORD })";
  if (answers.mfa !== 'required')
    return transport === 'bearer'
      ? `  const { tokens } = ${credentials};`
      : `  const { status } = ${credentials};\n  assert.equal(status, 'complete');`;
  const [session, next, verified] =
    transport === 'bearer'
      ? ['{ session: challenge.session }', 'session: app.session, ', 'session: verified.session, ']
      : ['{}', '', ''];
  const code = `{ ${next}confirmationCode: totpCode(app.secretCode) }`;
  const answer = `{ name: 'MFA_SETUP', ${verified}username: challenge.username }`;
  return `  const { challenge } = ${credentials};
  const app = await send('POST', '/auth/mfa/totp', ${session});
  ${transport === 'bearer' ? 'const verified = ' : ''}await send('POST', '/auth/mfa/totp/verify', ${code});
  const { ${transport === 'bearer' ? 'tokens' : 'status'} } = await send('POST', '/auth/challenge', ${answer});${
    transport === 'bearer' ? '' : "\n  assert.equal(status, 'complete');"
  }`;
}

/** Writes the fields as members of a JavaScript object. */
function membersOf(fields: readonly SignInField[]): string {
  return fields
    .map(({ path, sample }) => {
      const [name = '', inner] = path.split('.');
      return inner === undefined ? `${name}: '${sample}'` : `${name}: { ${inner}: '${sample}' }`;
    })
    .join(', ');
}

const ANSWER = `/** The members of answers that the tests read. */
interface Answer {
  status: string;
  tokens: { accessToken: string };
  challenge: { session: string; username: string };
  secretCode: string;
  session: string;
  detail: string;
  hello: string;
}

`;

function sendWithToken({ ts }: ModuleSyntax): string {
  const parameters = `method${ts(': string')}, path${ts(': string')}, body${ts('?: object')}, token${ts('?: string')}`;
  return `/** Sends a request, with an access token if there is one. */
async function send(${parameters})${ts(': Promise<Answer>')} {
  const response = await fetch(server.url + path, {
    method,
    headers: { 'content-type': 'application/json', ...(token && { authorization: \`Bearer \${token}\` }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = ${ts('(')}await response.json()${ts(') as Answer')};
  assert.equal(response.status, 200, answer.detail);
  return answer;
}
`;
}

function sendWithCookies({ ts }: ModuleSyntax): string {
  const parameters = `method${ts(': string')}, path${ts(': string')}, body${ts('?: object')}`;
  return `const cookies = new Map${ts('<string, string>')}();

/** Sends a request as a page of the app does, and keeps its cookies. */
async function send(${parameters})${ts(': Promise<Answer>')} {
  const response = await fetch(server.url + path, {
    method,
    headers: {
      'content-type': 'application/json',
      'sec-fetch-site': 'same-origin',
      cookie: [...cookies].map(([name, value]) => \`\${name}=\${value}\`).join('; '),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  for (const line of response.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (value === '') cookies.delete(name);
    else cookies.set(name, value);
  }
  const answer = ${ts('(')}await response.json()${ts(') as Answer')};
  assert.equal(response.status, 200, answer.detail);
  return answer;
}
`;
}
