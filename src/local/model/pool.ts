import { createHash, randomBytes } from 'node:crypto';
import type { AuthorizationCode } from '../managed-login/authorization-codes.ts';
import type { BrowserSession } from '../managed-login/browser-sessions.ts';
import type { InboxMessage } from '../messages/inbox.ts';
import type { ClientSecret } from '../operations/client-secrets.ts';
import type { IdentityProvider } from '../operations/identity-providers.ts';
import type { PasskeyRegistration } from '../operations/passkeys.ts';
import type { ResourceServer } from '../operations/resource-servers.ts';
import type { StepUp } from '../operations/step-up.ts';
import type { ChallengeSession } from '../sign-in/sessions.ts';
import type { SrpExchange } from '../sign-in/srp.ts';
import type { RefreshToken, SignIn } from '../tokens/tokens.ts';
import type { PoolClock } from './clock.ts';
import type { KeyPair, SigningKey } from './keys.ts';
import type { LimitSettings } from './limits.ts';
import type { ClientSettings, PoolSettings } from './settings.ts';
import type { Triggers } from './triggers.ts';
import { UserDirectory } from './user-directory.ts';

/** Everything that one running server holds. */
export interface Service {
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
export interface Phantom {
  readonly uses: Map<string, number[]>;
  codeExpiresAt: number;
}

const KEPT_PHANTOMS = 10_000;

/** One user pool: its settings, its people, and what they have under way. */
export class UserPool {
  readonly id: string;
  readonly service: Service;
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
  readonly phantomKey: Buffer = randomBytes(32);
  readonly #phantoms = new Map<string, Phantom>();

  constructor(service: Service, id: string, settings: PoolSettings) {
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

  phantom(name: string): Phantom {
    const key = createHash('sha256').update(name.toLowerCase()).digest('base64');
    let phantom = this.#phantoms.get(key);
    if (!phantom) {
      if (this.#phantoms.size >= KEPT_PHANTOMS) this.#phantoms.clear();
      phantom = { uses: new Map(), codeExpiresAt: 0 };
      this.#phantoms.set(key, phantom);
    }
    return phantom;
  }
}
