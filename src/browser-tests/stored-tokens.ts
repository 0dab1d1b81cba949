import type { LocalTokens } from '../local/local-user-pool.ts';

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

/** Returns the entries of `localStorage` for an app that keeps its tokens there. */
export function storedEntries(
  app: Exclude<TestedApp, { readonly router: string }>,
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

/** Returns the body of the router's `POST /sign-in`. Throws an Error without a password. */
export function signInBody({ username, password }: TestUser): Readonly<Record<string, string>> {
  if (password === undefined)
    throw new Error(`The app signs in "${username}" itself: pass { username, password }.`);
  if (username.includes('@')) return { email: username, password };
  return username.startsWith('+') ? { phoneNumber: username, password } : { username, password };
}

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  const [, payload = ''] = token.split('.');
  // Browsers have no Buffer.
  const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (each) =>
    each.charCodeAt(0),
  );
  return JSON.parse(new TextDecoder().decode(bytes));
}
