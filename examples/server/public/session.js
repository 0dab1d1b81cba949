const KEY = 'express-cognito-kit.console';
const TRANSPORT_KEY = `${KEY}.transport`;

/**
 * What the console knows about the user: the tokens, or the challenge that stands between them and the tokens;
 * and the device that the user pool knows this tab by, which outlives a sign-out, or one that it could know it by.
 * In sessionStorage, so that a reload of this tab keeps it and nothing else ever sees it.
 *
 * With tokens in cookies it is only who is signed in, and until when: tokens, sessions and devices never get here.
 * The two ways are two sessions, and one does not know of the other.
 */
class Session extends EventTarget {
  /** `bearer`: the page has the tokens; `cookie`: the browser has them. The choice is that of all tabs, as cookies are. */
  transport = localStorage.getItem(TRANSPORT_KEY) === 'cookie' ? 'cookie' : 'bearer';
  #known = { bearer: {}, cookie: {} };
  /** What a new account can be signed in with as it is confirmed. It lives for minutes: a reload may lose it. */
  #signUp;

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

  /** With tokens in cookies: `{ username, groups }`, and the `name` that people know the user by, once it is asked for. */
  get user() {
    return this.#mine.user;
  }

  /** With tokens in cookies: when the access token expires, in seconds since 1970. */
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
    this.#set({});
  }

  /** Takes the answer of a sign-in: tokens, or who it is that has them in cookies now. */
  signIn({ newDevice, ...answer }) {
    this.#set({ ...this.#signedIn(answer), challenge: undefined, newDevice });
  }

  /** Takes the answer of a refresh, which may leave the refresh token as it is. */
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
    this.#set({ tokens: undefined, user: undefined, challenge });
  }

  keepSignUp(signUp) {
    this.#signUp = signUp;
    this.#set({});
  }

  signOut() {
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
