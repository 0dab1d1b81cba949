import { signInRequest, type TestUser, userOf } from '../browser-tests/tested-app.ts';
import type { LocalUserPool, TokensForOptions } from '../local/local-user-pool.ts';
import { checkOptionNames, isObject } from '../shared/option-errors.ts';
import { asBrowser, type Jar, type TestAgent, type TestResponse } from './browser-agent.ts';

/** Differences from an ordinary sign-in, for `signInAs`. */
export interface SignInAsOptions {
  /** Groups in the access token. Default: those of the user. */
  readonly groups?: readonly string[];
  /** Scopes in the access token. Default: `aws.cognito.signin.user.admin`, as in every token of the sign-in API. */
  readonly scopes?: readonly string[];
  /** Lifetime of the access token in seconds; negative for an expired token. Default: the app client's setting. */
  readonly expiresIn?: number;
  /** Claims to add or replace in the access token; `undefined` removes a claim. Default: none. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Selects cookies for a router with `transport: 'both'`. It needs a user with a password. Default: none. */
  readonly transport?: 'cookie';
}

/** The result of `signInAs`. */
export interface SignedInAs {
  /** The user's ID. */
  readonly sub: string;
  /** The way in which the agent presents the session: in the header `Authorization` or in cookies. */
  readonly transport: 'bearer' | 'cookie';
}

/** A test app that is open. */
export interface SignInTarget {
  readonly pool: LocalUserPool;
  /** Path of the router. `null` for an app without one. */
  readonly authPath: string | null;
}

/** The answer of a router that signs in or refreshes. */
interface Answer {
  readonly status?: unknown;
  readonly tokens?: { readonly accessToken: string; readonly idToken: string };
  readonly user?: { readonly sub: string };
  readonly challenge?: { readonly name?: string };
  readonly detail?: string;
}

const OPTIONS = ['groups', 'scopes', 'expiresIn', 'claims', 'transport'];
const PAGE = 'See docs/testing.md#sign-in-with-supertest';

/** Signs an agent in: at the sign-in endpoint with a password, else with tokens of the pool. */
export async function signInAs(
  { pool, authPath }: SignInTarget,
  agent: TestAgent,
  given: TestUser | string,
  options: SignInAsOptions = {},
): Promise<SignedInAs> {
  asBrowser(agent);
  checkOptionNames('signInAs', options, OPTIONS);
  const user = checkUser(given);
  const { transport, ...overrides } = options;
  const isPlain = Object.keys(overrides).length === 0;
  if (authPath !== null && user.password !== undefined) {
    if (isPlain) return signInAtEndpoint(agent, user, authPath, transport);
    throw new TypeError(
      `express-cognito-kit: the router issues the tokens of a sign-in with a password. For other tokens of "${user.username}", pass the name alone. ${PAGE}`,
    );
  }
  const issued = pool.tokensFor(user.username, overridesOf(overrides));
  const cleared = authPath === null ? [] : await signOut(agent, authPath, user);
  if (cleared.length === 0) {
    if (transport === undefined) return useBearer(agent, issued);
    throw new Error(
      `The router selects cookies at its sign-in endpoint only: pass { username, password } for "${user.username}". ${PAGE}`,
    );
  }
  keepCookie(agent, cleared, 'refresh', issued.refreshToken);
  const refreshed = cookiesOf(await post(agent, `${authPath}/refresh`, {}, user));
  if (!isPlain) keepCookie(agent, refreshed, 'access', issued.accessToken);
  return { sub: subOf(issued.idToken), transport: 'cookie' };
}

/** Ends the agent's session. Returns the cookies that the router has cleared; none of a router with bearer tokens. */
async function signOut(agent: TestAgent, authPath: string, user: TestUser): Promise<readonly SetCookie[]> {
  const response = await agent.post(`${authPath}/sign-out`).send({});
  // Without cookies, the endpoint requires a refresh token in the body.
  if (response.status === 400) return [];
  return cookiesOf(accepted(response, `${authPath}/sign-out`, user));
}

async function signInAtEndpoint(
  agent: TestAgent,
  user: TestUser,
  authPath: string,
  transport: 'cookie' | undefined,
): Promise<SignedInAs> {
  const { url, body } = signInRequest({ router: authPath, ...(transport && { transport }) }, user);
  const answer = (await post(agent, url, body, user)).body as Answer;
  if (answer.status !== 'complete')
    throw new Error(
      `The sign-in of "${user.username}" needs another step (${answer.challenge?.name}): pass the name alone to skip it. ${PAGE}`,
    );
  if (answer.tokens !== undefined) return useBearer(agent, answer.tokens);
  return { sub: answer.user?.sub ?? '', transport: 'cookie' };
}

function checkUser(given: unknown): TestUser {
  if (typeof given === 'string') return userOf(given);
  if (isObject(given) && typeof given.username === 'string') return userOf(given as unknown as TestUser);
  throw new TypeError(
    `express-cognito-kit: signInAs takes an agent, then a user name or { username, password }. ${PAGE}`,
  );
}

function overridesOf({ groups, scopes, expiresIn, claims }: SignInAsOptions): TokensForOptions {
  return {
    ...(expiresIn !== undefined && { accessExpiresIn: expiresIn }),
    accessClaims: {
      ...(groups && { 'cognito:groups': groups.length > 0 ? groups : undefined }),
      ...(scopes && { scope: scopes.join(' ') }),
      ...claims,
    },
  };
}

function useBearer(
  agent: TestAgent,
  { accessToken, idToken }: { readonly accessToken: string; readonly idToken: string },
): SignedInAs {
  agent.set('Authorization', `Bearer ${accessToken}`);
  return { sub: subOf(idToken), transport: 'bearer' };
}

async function post(agent: TestAgent, url: string, body: object, user: TestUser): Promise<TestResponse> {
  return accepted(await agent.post(url).send(body), url, user);
}

function accepted(response: TestResponse, url: string, user: TestUser): TestResponse {
  if (response.status === 200) return response;
  if (response.status === 404)
    throw new Error(
      `The app has no POST ${url}. Set authPath of startTestApp to the path of the router, or to null for an app without one. ${PAGE}`,
    );
  const { detail = 'no reason' } = (isObject(response.body) ? response.body : {}) as Answer;
  throw new Error(
    `The app refused POST ${url} for "${user.username}" (${response.status}): ${detail} Check that the agent was made with this test app. ${PAGE}`,
  );
}

/** A `Set-Cookie` header, and the host that sent it. */
interface SetCookie {
  readonly line: string;
  readonly host: string;
}

function cookiesOf({ headers, request }: TestResponse): readonly SetCookie[] {
  const { 'set-cookie': lines = [] } = headers as { readonly 'set-cookie'?: readonly string[] };
  return lines.map((line) => ({ line, host: new URL(request.url).hostname }));
}

/** Changes the value of a cookie. The router chose its name and attributes. */
function keepCookie(agent: TestAgent, cookies: readonly SetCookie[], name: string, value: string): void {
  const cookie = cookies.find(({ line }) => line.split('=', 1)[0]?.endsWith(`-${name}`));
  if (cookie === undefined) return;
  const line = cookie.line.replace(/=[^;]*/, () => `=${value}`).replace('; Max-Age=0', '');
  (agent.jar as Jar).setCookies([line], cookie.host, '/');
}

function subOf(idToken: string): string {
  const [, payload = ''] = idToken.split('.');
  return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { readonly sub: string }).sub;
}
