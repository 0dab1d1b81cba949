import { createHash, randomBytes } from 'node:crypto';
import type { PoolClock } from './clock.ts';
import type { KeyPair, SigningKey } from './keys.ts';
import type { Branding, Terms, UiCustomization } from './login-pages.ts';
import type { InboxMessage } from './messages.ts';
import type { ClientSecret, Group, IdentityProvider, PoolDomain, ResourceServer } from './pool-resources.ts';
import type { Replica } from './replicas.ts';
import type { RiskConfiguration } from './risk-configuration.ts';
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
import type { ImportJob } from './user-import.ts';

/** The result of a sign-in at managed login, until the app fetches its tokens. Times are milliseconds since the epoch. */
export interface Grant {
  readonly client: AppClient;
  readonly user: User;
  readonly scopes: readonly string[];
  readonly nonce: string | undefined;
  readonly authTime: number;
  /** Id of the browser's SSO session, if the pool tracked sessions when it began. */
  readonly ssoSessionId?: string | undefined;
  /** URL of the resource that the access tokens are for (RFC 8707). */
  readonly resource?: string | undefined;
}

/** A grant with an authorization code that is not redeemed yet. */
export interface AuthorizationCode extends Grant {
  readonly redirectUri: string;
  /** The code challenge of RFC 7636, method S256. */
  readonly challenge: string | undefined;
  readonly expiresAt: number;
}

/** A browser session of managed login. Times are milliseconds since the epoch. */
export interface BrowserSession {
  readonly id: string;
  /** CSRF token, required in every form. */
  readonly csrf: string;
  /** Sign-ins in progress, one per tab, by the `flow` parameter of the page's URL. */
  readonly flows: Map<string, Flow>;
  readonly expiresAt: number;
  readonly signedIn?: SsoSession;
}

/** The signed-in user of a browser. */
export interface SsoSession {
  readonly user: User;
  /** The app client at whose pages the user signed in. */
  readonly client: AppClient;
  /** `COGNITO` or the name of an identity provider. */
  readonly provider: string;
  readonly at: number;
  /** Id of the session in ListUserSessions, if the pool tracked sessions when it began. */
  readonly ssoSessionId: string | undefined;
}

/** A sign-in in progress in a browser tab. */
export interface Flow {
  readonly client: AppClient;
  /** The username as entered. */
  readonly username: string;
  /** The open challenge. */
  readonly step?: SignInStep;
  /** Secret of an authenticator app during its setup. */
  readonly totpSecret?: string;
  /** The user who signed up in this browser, and therefore needs no password for the first sign-in. */
  readonly newUser?: User;
  /** A notice for the next page. */
  readonly notice?: string;
}

/** State of a running server. */
export interface ServerState {
  readonly region: string;
  readonly clock: PoolClock;
  readonly limits: LimitSettings;
  readonly triggers: Triggers;
  /** Base URL of the Lambda Invoke API. */
  readonly lambdaEndpoint: string | undefined;
  /** Aborted when the server closes. */
  readonly closing: AbortSignal;
  /** Initial keys of new pools. */
  readonly keys: KeyPair;
  /** Stands in for all KMS keys. */
  readonly kmsKey: Buffer;
  readonly pools: Map<string, UserPool>;
  readonly clients: Map<string, AppClient>;
  /** Provisioned request rates of the account, by region and category. */
  readonly provisionedLimits: Map<string, number>;
  /** Throws a CognitoError if the message cannot be sent. Managed login has no operation. */
  readonly deliver: (message: InboxMessage, operation?: string) => void;
  /** Returns whether a fault blocks writes for the operation. */
  readonly isWriteBlocked: (operation: string) => boolean;
  /** Returns the age in milliseconds from which an operation lists a session. */
  readonly sessionDelayOf: (operation: string) => number;
  /** Returns the base URL of a pool's documents. */
  readonly urlOf: (poolId: string) => string;
  /** Returns the `iss` of a pool's tokens: that URL, unless the option `issuer` replaces it. */
  readonly issuerOf: (poolId: string) => string;
}

export interface AppClient {
  readonly id: string;
  /** Newest first; empty for a public client. Read them with `secretsOf`, which applies due rotations. */
  secrets: readonly ClientSecret[];
  readonly pool: UserPool;
  settings: ClientSettings;
  /** Minutes for which the client reuses the SSO session of a browser. Undefined for the default. */
  ssoMinutes?: number;
  readonly createdAt: number;
  modifiedAt: number;
}

/** State of an unknown username, which makes it answer like a known one. */
export interface UnknownUser {
  readonly uses: Map<string, number[]>;
  codeExpiresAt: number;
}

const MAX_UNKNOWN_USERS = 10_000;

/** A user pool: settings, users and state. */
export class UserPool {
  readonly id: string;
  readonly service: ServerState;
  readonly createdAt: number;
  modifiedAt: number;
  settings: PoolSettings;
  keys: KeyPair;
  /** Former signing keys that are still published. */
  retiredKeys: SigningKey[] = [];
  readonly users: UserDirectory = new UserDirectory(() => this.settings);
  readonly groups: Map<string, Group> = new Map();
  readonly sessions: Map<string, ChallengeSession> = new Map();
  /** By the session or SECRET_BLOCK of the next step. */
  readonly stepUps: Map<string, StepUp> = new Map();
  /** By SECRET_BLOCK. */
  readonly srpExchanges: Map<string, SrpExchange> = new Map();
  /** By challenge. */
  readonly passkeyRegistrations: Map<string, PasskeyRegistration> = new Map();
  /** By the event id in all tokens of the sign-in. */
  readonly signIns: Map<string, SignIn> = new Map();
  /** The tracked sessions of each user, the oldest first. */
  readonly trackedSessions: Map<User, readonly SignIn[]> = new Map();
  /** By SHA-256 of the token. */
  readonly refreshTokens: Map<string, RefreshToken> = new Map();
  /** By SHA-256 of the code. */
  readonly authorizationCodes: Map<string, AuthorizationCode> = new Map();
  /** By the value of the cookie. */
  readonly browserSessions: Map<string, BrowserSession> = new Map();
  readonly identityProviders: Map<string, IdentityProvider> = new Map();
  readonly resourceServers: Map<string, ResourceServer> = new Map();
  /** By name: at most one prefix and one custom domain. */
  readonly domains: Map<string, PoolDomain> = new Map();
  /** By id. */
  readonly brandings: Map<string, Branding> = new Map();
  /** By id. */
  readonly terms: Map<string, Terms> = new Map();
  /** By app client id, or `ALL`. */
  readonly uiCustomizations: Map<string, UiCustomization> = new Map();
  /** By app client id; that of the whole pool by ''. */
  readonly riskConfigurations: Map<string, RiskConfiguration> = new Map();
  /** In the member names of SetLogDeliveryConfiguration. */
  logConfigurations: readonly object[] = [];
  /** By region. */
  readonly replicas: Map<string, Replica> = new Map();
  /** By id. */
  readonly importJobs: Map<string, ImportJob> = new Map();
  /** The certificate for SAML requests in base64, as soon as it was asked for. */
  signingCertificate: string | undefined;
  /** Key that derives stable made-up data for unknown usernames. */
  readonly unknownUserKey: Buffer = randomBytes(32);
  /** By SHA-256 of the username. */
  readonly unknownUsers: Map<string, UnknownUser> = new Map();

  constructor(service: ServerState, id: string, settings: PoolSettings) {
    this.service = service;
    this.id = id;
    this.settings = settings;
    this.keys = service.keys;
    this.createdAt = service.clock.now();
    this.modifiedAt = this.createdAt;
  }

  get issuer(): string {
    return this.service.issuerOf(this.id);
  }

  /** All keys of the key set. */
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

/** A passkey registration in progress. */
export interface PasskeyRegistration {
  readonly user: User;
  readonly client: AppClient;
  readonly expiresAt: number;
}

/** State between two steps of a sign-in. */
export interface ChallengeSession extends SessionState {
  readonly user: User;
  readonly client: AppClient;
  readonly purpose: SessionPurpose;
  readonly expiresAt: number;
  spent: boolean;
}

/** An SRP exchange in progress. Its key is the SECRET_BLOCK, which the client has. */
export interface SrpExchange {
  readonly client: AppClient;
  /** Undefined for an unknown user or one without a password; no proof is valid then. */
  readonly user: User | undefined;
  readonly userId: string;
  readonly key: Buffer;
  /** The custom authentication flow that it is part of. */
  readonly custom: CustomFlow | undefined;
  readonly expiresAt: number;
}

/** A sign-in, with all of its tokens. Times are milliseconds since the epoch. */
export interface SignIn {
  readonly eventId: string;
  readonly originJti: string;
  readonly user: User;
  readonly client: AppClient;
  /** The known or new device of the sign-in, if the pool tracks devices. */
  readonly device: DeviceMetadata | undefined;
  /** Id of the session in ListUserSessions. */
  readonly sessionId: string;
  /** Id of the SSO session that it originated from. */
  readonly ssoSessionId: string | undefined;
  /** Time of the authentication, which can be earlier than the sign-in if the browser has an SSO session. */
  readonly authTime: number;
  readonly startedAt: number;
  /** Time of the latest refresh. */
  lastActiveAt: number;
  readonly refreshExpiresAt: number;
  /** Scopes of the access tokens: those granted by managed login, or the single scope of the API. */
  readonly scopes: readonly string[];
  /** Audience of the access tokens (RFC 8707). */
  readonly resource: string | undefined;
  /** True for a sign-in through managed login. */
  readonly hosted: boolean;
  /** Overrides for its first tokens. */
  readonly overrides: TokenOverrides;
  /** The reached `acr` level and its `amr` values, which refreshed tokens keep. */
  authentication?: { readonly acr: string; readonly amr: readonly string[] };
  revoked: boolean;
}

export interface RefreshToken {
  readonly signIn: SignIn;
  /** Set after rotation of the token. */
  rotatedAt: number | undefined;
}
