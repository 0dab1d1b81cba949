const KEY = 'express-cognito-kit.console';
const TRANSPORT_KEY = `${KEY}.transport`;

/**
 * State of the user: the tokens or the open challenge, and the remembered or new device of this tab. A remembered
 * device survives a sign-out. Kept in sessionStorage, which survives a reload and is private to this tab.
 *
 * With tokens in cookies, the state is only the user and the expiry. The page cannot read tokens, sessions or devices.
 * The two transports have separate sessions.
 */
class Session extends EventTarget {
  /** `bearer`: the page has the tokens; `cookie`: the browser has them. All tabs share the choice, as they share cookies. */
  transport = localStorage.getItem(TRANSPORT_KEY) === 'cookie' ? 'cookie' : 'bearer';
  #known = { bearer: {}, cookie: {} };
  /** Session of the sign-up, which also signs in at the confirmation. Not stored, because it expires in minutes. */
  #signUp;
  /** `{ secretCode, otpauthUri }` of an authenticator app in its set-up. Not stored, because it is a secret. */
  authenticatorSetUp;

  constructor() {
    super();
    try {
      Object.assign(this.#known, JSON.parse(sessionStorage.getItem(KEY) ?? '{}'));
    } catch {
      sessionStorage.removeItem(KEY);
    }
  }

  get inCookies() {
    return this.transport === 'cookie';
  }

  get isSignedIn() {
    return Boolean(this.tokens ?? this.user);
  }

  get tokens() {
    return this.#mine.tokens;
  }

  /** With tokens in cookies: `{ username, groups }` and, once loaded, a readable `name`. */
  get user() {
    return this.#mine.user;
  }

  /** With tokens in cookies: expiry of the access token, in seconds since the epoch. */
  get until() {
    return this.#mine.until;
  }

  get challenge() {
    return this.#mine.challenge;
  }

  get newDevice() {
    return this.#mine.newDevice;
  }

  get device() {
    return this.#mine.device;
  }

  get signUp() {
    return this.inCookies ? undefined : this.#signUp;
  }

  get #mine() {
    return this.#known[this.transport];
  }

  use(transport) {
    this.transport = transport;
    if (transport === 'cookie') localStorage.setItem(TRANSPORT_KEY, transport);
    else localStorage.removeItem(TRANSPORT_KEY);
    this.authenticatorSetUp = undefined;
    this.#set({});
  }

  /** Stores the response of a sign-in: tokens or, with cookies, the user. */
  signIn({ newDevice, ...answer }) {
    this.authenticatorSetUp = undefined;
    this.#set({ ...this.#signedIn(answer), challenge: undefined, newDevice });
  }

  /** Stores the response of an import. The page forgets its tokens. */
  moveToCookies(answer) {
    this.signOut();
    this.use('cookie');
    this.signIn(answer);
  }

  /** Stores the response of a refresh, which may not have a new refresh token. */
  renew({ tokens, ...answer }) {
    this.#set(this.#signedIn({ ...answer, tokens: tokens && { ...this.tokens, ...tokens } }));
  }

  #signedIn({ tokens, user, expiresIn }) {
    return { tokens, user, until: user && Date.now() / 1000 + expiresIn };
  }

  recognize(user, until = this.until) {
    this.#set({ user: { ...this.user, ...user }, until });
  }

  rememberDevice(device) {
    this.#set({ device, newDevice: undefined });
  }

  forgetDevice() {
    this.#set({ device: undefined });
  }

  meet(challenge) {
    this.authenticatorSetUp = undefined;
    this.#set({ tokens: undefined, user: undefined, challenge });
  }

  setUpAuthenticator(setUp) {
    this.authenticatorSetUp = setUp;
    this.#set({});
  }

  keepSignUp(signUp) {
    this.#signUp = signUp;
    this.#set({});
  }

  signOut() {
    this.authenticatorSetUp = undefined;
    this.#set({ tokens: undefined, user: undefined, challenge: undefined });
  }

  #set(changes) {
    Object.assign(this.#mine, changes);
    const known = JSON.stringify(this.#known);
    if (known === '{"bearer":{},"cookie":{}}') sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, known);
    this.dispatchEvent(new Event('change'));
  }
}

export const session = new Session();
