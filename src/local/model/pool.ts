import { createHash, randomBytes } from 'node:crypto';
import type { PoolClock } from './clock.ts';
import type { KeyPair, SigningKey } from './keys.ts';
import type { InboxMessage } from './messages.ts';
import type { ClientSecret, Group, IdentityProvider, ResourceServer } from './pool-resources.ts';
import type { ClientSettings, LimitSettings, PoolSettings } from './settings.ts';
import type {
  CustomFlow,
  SessionPurpose,
  SessionState,
  SignInStep,
  StepUp,
  TokenOverrides,
} from './sign-in-state.ts';
import type { Triggers } from './triggers.ts';
import type { DeviceMetadata, User } from './user.ts';
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

/** A passkey that is being made. */
export interface PasskeyRegistration {
  readonly user: User;
  readonly client: AppClient;
  readonly expiresAt: number;
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
