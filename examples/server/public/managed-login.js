import { byId, el } from './dom.js';
import { session } from './session.js';

/** Where the pages of the user pool send the browser back to: this page, which then looks at the cookies. */
const BACK = '/?in=cookies#profile';

const ENDS = {
  access_denied: 'The sign-in was refused or given up at the pages of the user pool.',
  invalid_session: 'That sign-in was over already. Begin again.',
};

/** What the address says about how the browser has come here. It is said once. */
export function arrive() {
  const query = new URLSearchParams(location.search);
  if (query.get('in') === 'cookies') session.use('cookie');
  const error = query.get('error');
  if (location.search) history.replaceState(null, '', location.pathname + location.hash);
  if (error === null) return;
  // Anybody can write an address.
  return ENDS[error] ?? `The sign-in failed${/^[a-z_]{1,40}$/.test(error) ? `: ${error}` : ''}.`;
}

/** Links, and nothing else: the rest is between the server, the browser and the user pool. */
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
            'The pages of the user pool come back to ',
            el('a', { href: origin }, origin),
            ': open the console there.',
          ),
        ]
      : session.inCookies && session.isSignedIn
        ? [
            el(
              'p',
              { class: 'quiet' },
              'The user pool may know this browser, and sign it in without a question.',
            ),
            el('p', {}, el('a', { href: '/auth/logout' }, 'Sign out here and there')),
          ]
        : [
            el('p', { class: 'quiet' }, 'The user pool has pages to sign in at. The tokens come in cookies.'),
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
