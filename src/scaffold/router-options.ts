import { DEFAULT_SCOPES } from '../config/managed-login.ts';
import { STANDARD_ATTRIBUTES } from '../config/standard-attributes.ts';
import { DEFAULT_ANSWERS, type SetupAnswers } from '../setup/answers.ts';

/** Where the clients of the app hold their tokens. */
export type Transport = 'bearer' | 'cookies';

/**
 * Returns the options of `createCognitoRouter` that fit the user pool, as lines of a JavaScript object. The ids are in the
 * environment.
 */
export function routerOptions(answers: SetupAnswers, transport: Transport): string[] {
  const { signInWith, authFlow, selfSignUp, writableAttributes, managedLogin, rememberDevices } = answers;
  const [only, ...others] = signInWith;
  return [
    ...(others.length > 0
      ? [`signInWith: ${list(signInWith)},`]
      : only === 'email'
        ? []
        : [`signInWith: ${quoted(only)},`]),
    ...(authFlow === DEFAULT_ANSWERS.authFlow ? [] : [`authFlow: ${quoted(authFlow)},`]),
    ...(selfSignUp ? [] : ['routes: { signUp: false },']),
    ...(sameNames(writableAttributes, STANDARD_ATTRIBUTES)
      ? []
      : [`writableAttributes: ${list(writableAttributes)},`]),
    ...(transport === 'cookies'
      ? [
          "transport: 'cookie',",
          'autoRefresh: true,',
          '// Not every browser takes Secure cookies from http://localhost.',
          "cookies: { dangerouslyAllowHttp: process.env.NODE_ENV !== 'production' },",
          ...(showsEmail(answers, transport) ? ["profileClaims: ['email'],"] : []),
          ...(rememberDevices ? ["rememberDevices: 'always',"] : []),
        ]
      : []),
    ...(needsCookieSecret(answers, transport) ? ['cookieSecret: process.env.COOKIE_SECRET,'] : []),
    ...(managedLogin
      ? [
          'managedLogin: {',
          `  redirectUri: ${quoted(managedLogin.callbackUrls[0])},`,
          ...(managedLogin.logoutUrls.length > 0
            ? [
                `  logoutUri: ${managedLogin.logoutUrls.length > 1 ? list(managedLogin.logoutUrls) : quoted(managedLogin.logoutUrls[0])},`,
              ]
            : []),
          ...(sameNames(managedLogin.scopes, DEFAULT_SCOPES)
            ? []
            : [`  scopes: ${list(managedLogin.scopes)},`]),
          '},',
        ]
      : []),
  ];
}

/** Whether pages can greet users with their e-mail address, which is in a sealed cookie. */
export function showsEmail({ signInWith }: SetupAnswers, transport: Transport): boolean {
  return transport === 'cookies' && signInWith.includes('email');
}

/** Whether the router seals cookies: those of managed login and of the profile. */
export function needsCookieSecret(answers: SetupAnswers, transport: Transport): boolean {
  return showsEmail(answers, transport) || answers.managedLogin !== undefined;
}

function sameNames(names: readonly string[], others: readonly string[]): boolean {
  return names.length === others.length && names.every((name) => others.includes(name));
}

function list(values: readonly string[]): string {
  return `[${values.map(quoted).join(', ')}]`;
}

/** The answers have no quote and no backslash. */
function quoted(text: string | undefined): string {
  return `'${text ?? ''}'`;
}
