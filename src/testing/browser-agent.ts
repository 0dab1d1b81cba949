/** A response, as supertest yields it. */
export interface TestResponse {
  readonly status: number;
  readonly body: unknown;
  readonly headers: object;
  readonly request: { readonly url: string };
}

/** A request that an agent sends once it is awaited. */
export interface TestRequest extends PromiseLike<TestResponse> {
  send(body: object): TestRequest;
}

/** The part of `request.agent(app)` of supertest that the helpers use. */
export interface TestAgent {
  /** Cookies of the agent. */
  readonly jar: {
    getCookies: (...access: never[]) => unknown;
    setCookies: (...cookies: never[]) => unknown;
  };
  /** Sets a header of all requests. */
  set(field: string, value: string): unknown;
  post(url: string): TestRequest;
}

/** The cookie jar with the signatures by which superagent calls it. */
export interface Jar {
  getCookies(access: { secure?: boolean }): unknown;
  setCookies(cookies: string | readonly string[], host?: string, path?: string): unknown;
}

const PAGE = 'See docs/testing.md#sign-in-with-supertest';
const browsers = new WeakSet<object>();

/**
 * Makes an agent of supertest send requests as a page of the app does in a browser. Its requests pass the CSRF check, it keeps
 * `Secure` cookies although the app has no TLS, and it honors `Max-Age`. `signInAs` does the same.
 *
 * Returns the agent. A second call has no effect.
 *
 * @example
 * const agent = asBrowser(request.agent(app));
 * await agent.post('/auth/sign-in').send({ email, password }).expect(200);
 * await agent.get('/auth/me').expect(200);
 * @throws TypeError for a value that is not an agent with an app
 */
export function asBrowser<T extends TestAgent>(agent: T): T {
  checkAgent(agent);
  if (browsers.has(agent)) return agent;
  browsers.add(agent);
  agent.set('Sec-Fetch-Site', 'same-origin');
  const jar = agent.jar as Jar;
  const { getCookies, setCookies } = jar;
  jar.getCookies = (access) =>
    getCookies.call(jar, Object.isFrozen(access) ? access : Object.assign(access, { secure: true }));
  jar.setCookies = (cookies, ...from) => setCookies.call(jar, [cookies].flat().map(withExpiry), ...from);
  return agent;
}

function checkAgent(agent: TestAgent & { readonly app?: unknown }): void {
  const isAgent = typeof agent === 'object' && agent !== null && typeof agent.set === 'function' && agent.jar;
  if (!isAgent)
    throw new TypeError(
      `express-cognito-kit: the agent is no agent of supertest: write request.agent(app) in place of request(app). ${PAGE}`,
    );
  if (agent.app === undefined)
    throw new TypeError(`express-cognito-kit: the agent has no app: write request.agent(app). ${PAGE}`);
}

/** The jar of superagent does not know `Max-Age`, so it would keep cookies that the app clears. */
function withExpiry(cookie: string): string {
  const [, seconds] = /;\s*max-age=(-?\d+)/i.exec(cookie) ?? [];
  if (seconds === undefined) return cookie;
  return `${cookie}; Expires=${new Date(Date.now() + Number(seconds) * 1000).toUTCString()}`;
}
