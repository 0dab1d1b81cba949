import { createHash, randomBytes } from 'node:crypto';
import type { PoolClock } from './clock.ts';
import type { KeyPair, SigningKey } from './keys.ts';
import type { InboxMessage } from './messages.ts';
import type { ClientSettings, LimitSettings, PoolSettings } from './settings.ts';
import type { ChallengeResult, Triggers } from './triggers.ts';
import type { Device, DeviceMetadata, MfaMethod, User } from './user.ts';
import { UserDirectory } from './user-directory.ts';

/** What a sign-in at managed login has come to, until the app fetches its tokens. Times are milliseconds since the epoch. */
export interface Grant {
  readonly client: AppClient;
  readonly user: User;
  readonly scopes: readonly string[];
  readonly nonce: string | undefined;
  readonly authTime: number;
}

/** A grant that waits for its code to be redeemed. */
export interface AuthorizationCode extends Grant {
  readonly redirectUri: string;
  /** Of RFC 7636, method S256. */
  readonly challenge: string | undefined;
  readonly expiresAt: number;
}

/** What the pool remembers of a browser. Times are milliseconds since the epoch. */
export interface BrowserSession {
  readonly id: string;
  /** Has to be in every form: a page of somebody else's cannot read it. */
  readonly csrf: string;
  /** What is under way in its tabs, by the `flow` in the address of the page. */
  readonly flows: Map<string, Flow>;
  readonly expiresAt: number;
  /** Who needs no password for now, and where they have come from: `COGNITO`, or the name of a provider. */
  readonly signedIn?: { readonly user: User; readonly provider: string; readonly at: number };
}

/** What one tab has come to. */
export interface Flow {
  readonly client: AppClient;
  /** The name that was typed. */
  readonly username: string;
  /** The challenge that waits for its answer. */
  readonly step?: SignInStep;
  /** The secret of an authenticator app that is being set up. */
  readonly totpSecret?: string;
  /** Who has just made the account in this browser, and with it the password: it is not asked for again. */
  readonly newUser?: User;
  /** What the next page has to say. */
  readonly notice?: string;
}

/** Everything that one running server holds. */
export interface ServerState {
  readonly region: string;
  readonly clock: PoolClock;
  readonly limits: LimitSettings;
  readonly triggers: Triggers;
  /** The keys that new pools start with. */
  readonly keys: KeyPair;
  readonly pools: Map<string, UserPool>;
  readonly clients: Map<string, AppClient>;
  readonly deliver: (message: InboxMessage) => void;
  /** Where a pool's two documents are. */
  readonly urlOf: (poolId: string) => string;
  /** The `iss` of a pool's tokens: that URL, unless another one was asked for. */
  readonly issuerOf: (poolId: string) => string;
}

export interface AppClient {
  readonly id: string;
  /** The newest first; empty for a public client. Read with `secretsOf`, which rotates them when that is due. */
  secrets: readonly ClientSecret[];
  readonly pool: UserPool;
  settings: ClientSettings;
  readonly createdAt: number;
  modifiedAt: number;
}

export interface Group {
  readonly name: string;
  readonly description: string | undefined;
  readonly roleArn: string | undefined;
  readonly precedence: number | undefined;
  readonly createdAt: number;
}

/** What is kept about a name that belongs to nobody, so that it answers like one that belongs to somebody. */
export interface UnknownUser {
  readonly uses: Map<string, number[]>;
  codeExpiresAt: number;
}

const MAX_UNKNOWN_USERS = 10_000;

/** One user pool: its settings, its people, and what they have under way. */
export class UserPool {
  readonly id: string;
  readonly service: ServerState;
  readonly createdAt: number;
  settings: PoolSettings;
  keys: KeyPair;
  /** Keys that sign no more and are still published. */
  retiredKeys: SigningKey[] = [];
  readonly users: UserDirectory = new UserDirectory(() => this.settings);
  readonly groups: Map<string, Group> = new Map();
  readonly sessions: Map<string, ChallengeSession> = new Map();
  /** By the session, or SECRET_BLOCK, of the step that is due. */
  readonly stepUps: Map<string, StepUp> = new Map();
  /** By SECRET_BLOCK. */
  readonly srpExchanges: Map<string, SrpExchange> = new Map();
  /** By challenge. */
  readonly passkeyRegistrations: Map<string, PasskeyRegistration> = new Map();
  /** By event id, which all tokens of a sign-in carry. */
  readonly signIns: Map<string, SignIn> = new Map();
  /** By SHA-256 of the token. */
  readonly refreshTokens: Map<string, RefreshToken> = new Map();
  /** By SHA-256 of the code. */
  readonly authorizationCodes: Map<string, AuthorizationCode> = new Map();
  /** By the value of the cookie. */
  readonly browserSessions: Map<string, BrowserSession> = new Map();
  readonly identityProviders: Map<string, IdentityProvider> = new Map();
  readonly resourceServers: Map<string, ResourceServer> = new Map();
  /** What is made up about names that belong to nobody comes from this, so that it stays the same. */
  readonly unknownUserKey: Buffer = randomBytes(32);
  readonly unknownUsers = new Map<string, UnknownUser>();

  constructor(service: ServerState, id: string, settings: PoolSettings) {
    this.service = service;
    this.id = id;
    this.settings = settings;
    this.keys = service.keys;
    this.createdAt = service.clock.now();
  }

  get issuer(): string {
    return this.service.issuerOf(this.id);
  }

  /** All keys that tokens may be verified with. */
  get publishedKeys(): readonly SigningKey[] {
    return [this.keys.access, this.keys.id, ...this.retiredKeys];
  }

  now(): number {
    return this.service.clock.now();
  }

  clients(): AppClient[] {
    return [...this.service.clients.values()].filter((client) => client.pool === this);
  }

  unknownUser(name: string): UnknownUser {
    const key = createHash('sha256').update(name.toLowerCase()).digest('base64');
    let entry = this.unknownUsers.get(key);
    if (!entry) {
      if (this.unknownUsers.size >= MAX_UNKNOWN_USERS) this.unknownUsers.clear();
      entry = { uses: new Map(), codeExpiresAt: 0 };
      this.unknownUsers.set(key, entry);
    }
    return entry;
  }
}

/** One secret of an app client. Both of two are valid. */
export interface ClientSecret {
  readonly id: string;
  readonly value: string;
  readonly createdAt: number;
}

/**
 * Where people come from who have no password in this pool. None is really asked: the pool shows a page in its place,
 * on which everybody says who they are.
 */
export interface IdentityProvider {
  readonly name: string;
  readonly type: ProviderType;
  readonly details: Readonly<Record<string, string>>;
  readonly attributeMapping: Readonly<Record<string, string>>;
  /** What an app may call it by, in `idp_identifier`, where its name is not to be seen. */
  readonly identifiers: readonly string[];
  readonly createdAt: number;
}

export const SOCIAL = ['Facebook', 'Google', 'LoginWithAmazon', 'SignInWithApple'] as const;
type ProviderType = (typeof SOCIAL)[number] | 'OIDC' | 'SAML';

/** A passkey that is being made. */
export interface PasskeyRegistration {
  readonly user: User;
  readonly client: AppClient;
  readonly expiresAt: number;
}

/** An API of one's own, whose scopes the pool's tokens may carry as `<identifier>/<scope>`. */
export interface ResourceServer {
  readonly identifier: string;
  readonly name: string;
  readonly scopes: readonly { readonly ScopeName: string; readonly ScopeDescription: string }[];
}

/** A sign-in on its way to a level, between its steps. */
export interface StepUp {
  readonly level: number;
  /** What has been proven so far, in the words of the claim `amr`. */
  readonly amr: readonly string[];
}

export type Texts = Readonly<Record<string, string>>;

/** What InitiateAuth and RespondToAuthChallenge answer. */
export interface SignInStep {
  readonly ChallengeName?: SessionPurpose | 'PASSWORD_VERIFIER';
  readonly Session?: string;
  /** The first factors to choose from. */
  readonly AvailableChallenges?: readonly FirstFactorName[];
  readonly ChallengeParameters: Texts;
  readonly AuthenticationResult?: AuthenticationResult;
  /** In place of tokens, at the pool's own pages: who has signed in. */
  readonly signedIn?: User;
}

/** What a sign-in has with it, beside its user. */
export interface SignInContext {
  /** The device that it has named. */
  readonly device?: Device | undefined;
  /** The challenges of the app's own, which come when Cognito has no more. */
  readonly custom?: CustomFlow | undefined;
  /** It goes on at the pool's own pages. */
  readonly hosted?: true | undefined;
  /** For the triggers. */
  readonly clientMetadata?: Texts | undefined;
}

/** A sign-in whose challenges are the app's own, as far as it has come. */
export interface CustomFlow {
  /** Where there is no such user: one made up, whom the pool does not have. */
  readonly user: User;
  readonly userNotFound: boolean;
  /** The name as it was sent. */
  readonly username: string;
  /** What was answered so far. */
  readonly session: readonly ChallengeResult[];
}

/** What the challenge that is open has to remember. */
export interface PosedCustomChallenge {
  readonly flow: CustomFlow;
  readonly privateParameters: Texts;
  readonly metadata: string | undefined;
}

/** A challenge that comes after the first factor. */
export type ChallengeName =
  | 'NEW_PASSWORD_REQUIRED'
  | 'SELECT_MFA_TYPE'
  | 'MFA_SETUP'
  | DeviceStep
  | MfaMethod;

/** The two steps in which a remembered device proves its secret. */
export type DeviceStep = 'DEVICE_SRP_AUTH' | 'DEVICE_PASSWORD_VERIFIER';

/** A first factor, by the name of its challenge. */
export type FirstFactorName = 'PASSWORD_SRP' | 'PASSWORD' | 'EMAIL_OTP' | 'SMS_OTP' | 'WEB_AUTHN';

/** What a session is for: a challenge, or one of the two steps from a sign-up to the first sign-in. */
export type SessionPurpose =
  | ChallengeName
  | FirstFactorName
  | 'SELECT_CHALLENGE'
  // Posed by the app's own triggers.
  | 'CUSTOM_CHALLENGE'
  | 'SIGN_UP'
  | 'CONFIRMED_SIGN_UP';

/** What a challenge has to remember of itself. */
export interface SessionState {
  /** In MFA_SETUP: the user has verified an authenticator. */
  readonly setUp?: boolean;
  /** The code that was sent. It lives as long as the session. */
  readonly code?: string;
  /** What a passkey has to sign. */
  readonly passkeyChallenge?: string;
  /** The address that it was sent to, where it is to become the user's own. */
  readonly newEmail?: string;
  /** The challenge that the app's triggers have made up. */
  readonly posedChallenge?: PosedCustomChallenge;
  /** The sign-in with challenges of the app's own that goes on afterwards. */
  readonly custom?: CustomFlow;
  /** Nothing is proven yet: the challenge is a first factor, or the choice of one. */
  readonly first?: true;
  /** The name that somebody wants to sign in with and that belongs to nobody: all that follows is simulated. */
  readonly simulated?: string;
  /** The device that the sign-in has named. */
  readonly deviceKey?: string;
  /** In DEVICE_PASSWORD_VERIFIER: what its proof is checked with. */
  readonly deviceProof?: { readonly secretBlock: string; readonly key: Buffer };
}

/** The state between the steps of a sign-in. */
export interface ChallengeSession extends SessionState {
  readonly user: User;
  readonly client: AppClient;
  readonly purpose: SessionPurpose;
  readonly expiresAt: number;
  spent: boolean;
}

/** A proof of a password under way. The client holds its key: the SECRET_BLOCK. */
export interface SrpExchange {
  readonly client: AppClient;
  /** Undefined where nobody has the name, or a user has no password: no proof is good enough then. */
  readonly user: User | undefined;
  readonly userId: string;
  readonly key: Buffer;
  /** The sign-in with challenges of the app's own that it is a part of. */
  readonly custom: CustomFlow | undefined;
  readonly expiresAt: number;
}

/** A sign-in and all tokens that come from it. Times are milliseconds since the epoch. */
export interface SignIn {
  readonly eventId: string;
  readonly originJti: string;
  readonly user: User;
  readonly client: AppClient;
  /** The device it is on, where devices are tracked: one of the user's, or one that can be confirmed. */
  readonly device: DeviceMetadata | undefined;
  /** What the user knows it by. */
  readonly sessionId: string;
  readonly authTime: number;
  /** When its tokens were last refreshed. */
  lastActiveAt: number;
  readonly refreshExpiresAt: number;
  /** Of the access tokens: what managed login has granted, or the one scope that the API gives. */
  readonly scopes: readonly string[];
  /** It came through managed login. */
  readonly hosted: boolean;
  /** What was wanted different in its first tokens. */
  readonly overrides: TokenOverrides;
  /** The level that was asked for and reached, and what was proven on the way; refreshed tokens have it too. */
  authentication?: { readonly acr: string; readonly amr: readonly string[] };
  revoked: boolean;
}

export interface RefreshToken {
  readonly signIn: SignIn;
  /** Set once the token was exchanged for another one. */
  rotatedAt: number | undefined;
}

/** AuthenticationResult, as the API answers it. */
export interface AuthenticationResult {
  readonly AccessToken: string;
  readonly ExpiresIn: number;
  readonly TokenType: 'Bearer';
  readonly RefreshToken?: string;
  readonly IdToken: string;
  /** Where devices are tracked, and the sign-in named none that is known. */
  readonly NewDeviceMetadata?: { readonly DeviceKey: string; readonly DeviceGroupKey: string };
}

/** What tests may want different in the tokens they make. */
export interface TokenOverrides {
  /** Seconds that the access token is valid; negative for one that has expired. Default: as the client says. */
  readonly accessExpiresIn?: number;
  /** Seconds that the ID token is valid. Default: as the client says. */
  readonly idExpiresIn?: number;
  /** Claims to add or replace; undefined removes one. */
  readonly accessClaims?: Readonly<Record<string, unknown>>;
  readonly idClaims?: Readonly<Record<string, unknown>>;
}
