import type { LocalTokens } from '../local/local-user-pool.ts';
import type { InboxFilter } from '../local/messages/inbox.ts';

/** A user who signs in. The password is needed where the app signs in, such as through the kit's router. */
export interface TestUser {
  readonly username: string;
  readonly password?: string;
}

/** The way in which an app keeps its session. */
export type TestedApp =
  | {
      /** Base URL of the kit's router that keeps tokens in cookies, such as `http://localhost:3000/auth`. */
      readonly router: string;
      /** Set it for a router with `transport: 'both'`. Default: none. */
      readonly transport?: 'cookie';
    }
  | {
      /** URL of an app with Amplify or `amazon-cognito-identity-js` in the page, and its tokens in `localStorage`. */
      readonly amplify: string;
    }
  | {
      /** URL of an app that keeps its tokens in `localStorage` in its own way. */
      readonly storage: string;
      /** Returns the entries of `localStorage` for a user's tokens. */
      readonly entries: (tokens: LocalTokens) => Readonly<Record<string, string>>;
    };

/** An app with the kit's router. */
export type RouterApp = Extract<TestedApp, { readonly router: string }>;

const WAIT_SECONDS = '5';

/** Returns the user whom a test names. */
export function userOf(given: TestUser | string): TestUser {
  return typeof given === 'string' ? { username: given } : given;
}

/** Returns the path below `/_kit` that waits for a message. */
export function messagePath(filter: InboxFilter = {}): string {
  return `/inbox/latest?${new URLSearchParams({ ...filter, wait: WAIT_SECONDS })}`;
}

/** Returns the entries of `localStorage` for an app that keeps its tokens there. */
export function storedEntries(
  app: Exclude<TestedApp, RouterApp>,
  { username }: TestUser,
  tokens: LocalTokens,
): Readonly<Record<string, string>> {
  return 'amplify' in app ? amplifyEntries(username, tokens) : app.entries(tokens);
}

/** The layout that Amplify and `amazon-cognito-identity-js` share. */
function amplifyEntries(loginId: string, tokens: LocalTokens): Record<string, string> {
  const { client_id: clientId, username } = claimsOf(tokens.accessToken);
  const client = `CognitoIdentityServiceProvider.${clientId}`;
  const user = `${client}.${username}`;
  return {
    [`${client}.LastAuthUser`]: `${username}`,
    [`${user}.accessToken`]: tokens.accessToken,
    [`${user}.idToken`]: tokens.idToken,
    [`${user}.refreshToken`]: tokens.refreshToken,
    [`${user}.clockDrift`]: '0',
    [`${user}.signInDetails`]: JSON.stringify({ loginId, authFlowType: 'USER_SRP_AUTH' }),
  };
}

/** Returns the `POST /sign-in` of the router. Throws an Error without a password. */
export function signInRequest(
  { router, transport }: RouterApp,
  { username, password }: TestUser,
): { readonly url: string; readonly body: object; readonly headers: Record<string, string> } {
  if (password === undefined)
    throw new Error(`The app signs in "${username}" itself: pass { username, password }.`);
  const member = username.includes('@') ? 'email' : username.startsWith('+') ? 'phoneNumber' : 'username';
  return {
    url: `${router.replace(/\/+$/, '')}/sign-in`,
    body: { [member]: username, password, ...(transport && { transport }) },
    headers: { 'sec-fetch-site': 'same-origin' },
  };
}

/** Throws an Error unless the router's answer has signed the browser in. */
export function checkSignedIn(answer: unknown, { username }: TestUser): void {
  const { status, challenge, tokens } = answer as {
    readonly status?: string;
    readonly challenge?: { readonly name?: string };
    readonly tokens?: object;
  };
  if (status !== 'complete')
    throw new Error(
      `The sign-in of "${username}" needs another step (${challenge?.name ?? status}), so sign in through the app's own page.`,
    );
  if (tokens !== undefined)
    throw new Error(
      `The router answered with tokens, not with cookies. Set transport: 'cookie' in app for a router with transport: 'both', or use { storage, entries }.`,
    );
}

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  const [, payload = ''] = token.split('.');
  // Browsers have no Buffer.
  const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (each) =>
    each.charCodeAt(0),
  );
  return JSON.parse(new TextDecoder().decode(bytes));
}
