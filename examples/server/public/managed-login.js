import { byId, el } from './dom.js';
import { session } from './session.js';

/** Managed login redirects the browser here; the page then reads the state of the cookies. */
const BACK = '/?in=cookies#profile';

const ENDS = {
  access_denied: 'The sign-in was refused or given up at the pages of the user pool.',
  invalid_session: 'The sign-in has expired. Start again.',
};

/** Returns the message for the error in the URL, and removes the query. */
export function arrive() {
  const query = new URLSearchParams(location.search);
  if (query.get('in') === 'cookies') session.use('cookie');
  const error = query.get('error');
  if (location.search) history.replaceState(null, '', location.pathname + location.hash);
  if (error === null) return;
  // An attacker can choose the URL.
  return ENDS[error] ?? `The sign-in failed${/^[a-z_]{1,40}$/.test(error) ? `: ${error}` : ''}.`;
}

/** Shows links only; the server, the browser and the user pool do the rest. */
export function mountManagedLogin({ managedLogin }) {
  if (!managedLogin) return;
  byId('managed-login').hidden = false;
  session.addEventListener('change', () => render(managedLogin));
  render(managedLogin);
}

function render({ origin, identityProviders }) {
  byId('managed-login-body').replaceChildren(
    ...(origin !== location.origin
      ? [
          el(
            'p',
            { class: 'quiet' },
            'Managed login redirects to ',
            el('a', { href: origin }, origin),
            '. Open the console there.',
          ),
        ]
      : session.inCookies && session.isSignedIn
        ? [
            el(
              'p',
              { class: 'quiet' },
              'The user pool may have a session for this browser, and sign in without a prompt.',
            ),
            el('p', {}, el('a', { href: '/auth/logout' }, 'Sign out here and there')),
          ]
        : [
            el(
              'p',
              { class: 'quiet' },
              'Sign in at the pages of the user pool. The tokens are set as cookies.',
            ),
            el('a', { class: 'send', href: loginPath({}) }, 'Sign in at the user pool'),
            ...identityProviders.map((identityProvider) =>
              el(
                'p',
                {},
                el('a', { href: loginPath({ identityProvider }) }, `Sign in with ${identityProvider}`),
              ),
            ),
          ]),
  );
}

function loginPath(wishes) {
  return `/auth/login?${new URLSearchParams({ transport: 'cookie', returnTo: BACK, ...wishes })}`;
}
