import type { LocalTokens, TokensForOptions } from '../local/local-user-pool.ts';
import type { InboxFilter } from '../local/messages/inbox.ts';
import type { InboxMessage } from '../local/model/messages.ts';
import type { NewUser } from '../local/users/seed.ts';
import {
  checkSignedIn,
  messagePath,
  type RouterApp,
  signInRequest,
  storedEntries,
  type TestedApp,
  type TestUser,
  userOf,
} from './tested-app.ts';

export type { TestedApp, TestUser } from './tested-app.ts';

/** The part of Playwright's `Page` that the helpers use. */
export interface PlaywrightPage {
  goto(url: string): Promise<unknown>;
  route(url: string, handler: (route: PlaywrightRoute) => Promise<void>): Promise<unknown>;
  unroute(url: string): Promise<void>;
  locator(selector: string): PlaywrightLocator;
  waitForURL(url: (url: URL) => boolean): Promise<void>;
  readonly request: {
    post(
      url: string,
      options: { readonly data: object; readonly headers: Record<string, string> },
    ): Promise<{ status(): number; text(): Promise<string> }>;
  };
}

/** The part of Playwright's `Route` that the helpers use. */
export interface PlaywrightRoute {
  fulfill(answer: { readonly contentType: string; readonly body: string }): Promise<void>;
}

/** The part of Playwright's `Locator` that the helpers use. */
export interface PlaywrightLocator {
  first(): PlaywrightLocator;
  fill(value: string): Promise<void>;
  press(key: string): Promise<void>;
  innerText(): Promise<string>;
}

/** Options of `connectLocalPool`. */
export interface ConnectLocalPoolOptions {
  /** Address of the local pool, such as `http://127.0.0.1:9229`, or `pool.url`. */
  readonly url: string;
  /** The app whose page `signInAs` signs in. Default: none; the other functions do not need it. */
  readonly app?: TestedApp;
}

/** A local user pool in another process, for tests with Playwright. */
export interface ConnectedPool {
  /** Adds a user, with the members of `addUser` of the local pool. */
  addUser(user: NewUser): Promise<{ readonly username: string; readonly sub: string }>;
  /** Issues tokens without a sign-in, for API calls of the test or an app with a token store of its own. */
  tokensFor(username: string, options?: TokensForOptions): Promise<LocalTokens>;
  /** Signs the browser of a page in to the app. Open a page of the app afterwards. */
  signInAs(page: PlaywrightPage, user: TestUser | string): Promise<void>;
  /** Fills in the managed login page that the browser shows, and waits until it has left the pool. */
  signInAtManagedLogin(page: PlaywrightPage, user: TestUser): Promise<void>;
  /** Resolves with the newest message that matches, and waits up to 5 seconds for one. */
  waitForMessage(filter?: InboxFilter): Promise<InboxMessage>;
  /** Removes all messages. Call it before the step that sends one. */
  clearInbox(): Promise<void>;
  /** Moves the pool's time, such as beyond the lifetime of a code. */
  advanceClock(seconds: number): Promise<void>;
}

/** A path that no app has: the browser gets an empty page there. */
const EMPTY_PAGE = '/cognito-kit-sign-in';
const PAGE = 'See docs/cognito-for-tests.md#playwright';

/**
 * Connects tests with Playwright to a local user pool, through `/_kit`. Works with a pool of `cognito-kit local` and with one
 * that the tests start.
 *
 * @example
 * const pool = connectLocalPool({ url: 'http://127.0.0.1:9229', app: { amplify: 'http://localhost:5173' } });
 * test('shows the reports', async ({ page }) => {
 *   await pool.signInAs(page, 'ada@example.com');
 *   await page.goto('/reports');
 * });
 */
export function connectLocalPool({ url, app }: ConnectLocalPoolOptions): ConnectedPool {
  const base = url.replace(/\/+$/, '');

  async function control<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${base}/_kit${path}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      throw new Error(
        `There is no local user pool at ${base}. Start it with "npx cognito-kit local". ${PAGE}`,
        { cause },
      );
    });
    const text = await response.text();
    if (response.ok) return (text === '' ? undefined : JSON.parse(text)) as T;
    throw new Error(`The local user pool refused ${method} /_kit${path}: ${detailOf(text)}`);
  }

  const tokensFor = (username: string, options: TokensForOptions = {}): Promise<LocalTokens> =>
    control('POST', '/tokens', { ...options, username });

  return {
    tokensFor,
    addUser: (user) => control('POST', '/users', user),
    clearInbox: () => control('DELETE', '/inbox'),
    async advanceClock(seconds) {
      await control('POST', '/clock', { advanceSeconds: seconds });
    },
    waitForMessage: (filter) => control('GET', messagePath(filter)),
    async signInAs(page, given) {
      const user = userOf(given);
      if (!app) throw new Error(`signInAs needs the option app of connectLocalPool. ${PAGE}`);
      if ('router' in app) return signInThroughRouter(page, app, user);
      const entries = storedEntries(app, user, await tokensFor(user.username));
      await store(page, 'amplify' in app ? app.amplify : app.storage, entries);
    },
    async signInAtManagedLogin(page, { username, password = '' }) {
      await page.locator('input[name="username"]').fill(username);
      await page.locator('input[name="password"]').fill(password);
      await page.locator('input[name="password"]').press('Enter');
      const left = page.waitForURL(({ href }) => !href.startsWith(`${base}/`));
      const refused = page
        .locator('[role="alert"]')
        .first()
        .innerText()
        .then((text) => {
          throw new Error(`Managed login refused the sign-in: ${text}`);
        });
      // The slower of the two ends with an error of its own.
      for (const each of [left, refused]) each.catch(() => {});
      await Promise.race([left, refused]);
    },
  };
}

/** The cookies of `page.request` are those of the browser. */
async function signInThroughRouter(page: PlaywrightPage, app: RouterApp, user: TestUser): Promise<void> {
  const { url, body, headers } = signInRequest(app, user);
  const response = await page.request.post(url, { data: body, headers });
  const text = await response.text();
  if (response.status() !== 200)
    throw new Error(
      `The app refused to sign "${user.username}" in (${response.status()}): ${detailOf(text)}`,
    );
  checkSignedIn(JSON.parse(text), user);
}

/** Writes `localStorage` at an empty page of the app's origin, because only its pages can. */
async function store(
  page: PlaywrightPage,
  app: string,
  entries: Readonly<Record<string, string>>,
): Promise<void> {
  const url = new URL(EMPTY_PAGE, app).href;
  const json = JSON.stringify(entries).replaceAll('<', '\\u003c');
  const body = `<!doctype html><script>for (const [name, value] of Object.entries(${json})) localStorage.setItem(name, value)</script>`;
  await page.route(url, (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body }));
  try {
    await page.goto(url);
  } finally {
    await page.unroute(url);
  }
}

/** Returns the `detail` of a problem (RFC 9457). The text itself may hold tokens. */
function detailOf(text: string): string {
  try {
    const { detail, title, code } = JSON.parse(text) as { detail?: string; title?: string; code?: string };
    return detail ?? title ?? code ?? 'no reason';
  } catch {
    return 'the answer is not JSON';
  }
}
