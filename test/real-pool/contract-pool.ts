import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';

/** Start of the names of pools, app clients and users that the check makes. Leftovers are found by it. */
export const PREFIX = 'cognito-kit-check-';

export type ClientName = 'hidden' | 'legacy' | 'secret' | 'rotating' | 'refreshOnly';

/** A public app client, or one with a secret. */
export interface ContractClient {
  readonly id: string;
  readonly secret?: string;
}

/** Where the pool is, and how fast it may be called. */
export interface ContractTarget {
  readonly region: string;
  readonly endpoint: string;
  readonly sdk: CognitoIdentityProvider;
  /** Milliseconds before each call, for the quotas of the account. */
  readonly paceMs: number;
}

/** An answer to one request, as it was on the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface ContractUser {
  readonly email: string;
  readonly password: string;
  readonly sub: string;
}

export interface Tokens {
  readonly AccessToken: string;
  readonly IdToken: string;
  readonly RefreshToken: string;
}

/** A user pool that facts are checked against, with throw-away users. */
export class ContractPool {
  readonly target: ContractTarget;
  readonly userPoolId: string;
  readonly clients: Readonly<Record<ClientName, ContractClient>>;
  readonly #shared = new Map<string, Promise<unknown>>();
  readonly #secrets = new Set<string>();
  readonly #users: string[] = [];

  constructor(
    target: ContractTarget,
    userPoolId: string,
    clients: Readonly<Record<ClientName, ContractClient>>,
  ) {
    this.target = target;
    this.userPoolId = userPoolId;
    this.clients = clients;
    for (const { secret } of Object.values(clients)) if (secret) this.#secrets.add(secret);
  }

  /** Names of the users made so far, for the clean-up. */
  get users(): readonly string[] {
    return this.#users;
  }

  /** Passwords and secrets, which no report may show. */
  get secrets(): ReadonlySet<string> {
    return this.#secrets;
  }

  get jwksUrl(): string {
    return `${this.target.endpoint}/${this.userPoolId}/.well-known/jwks.json`;
  }

  newEmail(): string {
    const email = `${PREFIX}${randomBytes(8).toString('hex')}@example.com`;
    this.#users.push(email);
    return email;
  }

  newPassword(): string {
    const password = `Aa1!${randomBytes(12).toString('hex')}`;
    this.#secrets.add(password);
    return password;
  }

  /** Calls an unsigned operation without the SDK. */
  async call(
    operation: string,
    input: object | string,
    headers: Record<string, string> = {},
  ): Promise<WireAnswer> {
    await sleep(this.target.paceMs);
    const response = await fetch(this.target.endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
        ...headers,
      },
      body: typeof input === 'string' ? input : JSON.stringify(input),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: text ? JSON.parse(text) : {} };
  }

  /** Returns the outcome of an unsigned call as `400 Name: message`, or `200`. */
  async outcome(operation: string, input: object | string): Promise<string> {
    return outcomeOf(await this.call(operation, input));
  }

  /** Calls a signed operation. */
  async signed<T>(call: (sdk: CognitoIdentityProvider) => Promise<T>): Promise<T> {
    await sleep(this.target.paceMs);
    return call(this.target.sdk);
  }

  /** Creates a confirmed user. No message is sent. */
  async newUser(): Promise<ContractUser> {
    const password = this.newPassword();
    const { email, sub } = await this.invite(password);
    await this.signed((sdk) =>
      sdk.adminSetUserPassword({
        UserPoolId: this.userPoolId,
        Username: email,
        Password: password,
        Permanent: true,
      }),
    );
    return { email, password, sub };
  }

  /** Creates a user with a temporary password. No message is sent. */
  async invite(password: string): Promise<ContractUser> {
    const email = this.newEmail();
    const { User } = await this.signed((sdk) =>
      sdk.adminCreateUser({
        UserPoolId: this.userPoolId,
        Username: email,
        TemporaryPassword: password,
        MessageAction: 'SUPPRESS',
        UserAttributes: [
          { Name: 'email', Value: email },
          { Name: 'email_verified', Value: 'true' },
          { Name: 'name', Value: 'Ada' },
        ],
      }),
    );
    return { email, password, sub: User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '' };
  }

  signIn(user: ContractUser, client: ClientName = 'hidden'): Promise<WireAnswer> {
    return this.call('InitiateAuth', {
      ClientId: this.clients[client].id,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: user.email, PASSWORD: user.password },
    });
  }

  async tokensOf(user: ContractUser, client: ClientName = 'hidden'): Promise<Tokens> {
    const answer = await this.signIn(user, client);
    const tokens = answer.body.AuthenticationResult;
    if (!tokens) throw new Error(`no tokens: ${outcomeOf(answer)}`);
    return tokens as Tokens;
  }

  /** Returns what the first call with this key made, for users and tokens that several facts read. */
  shared<T>(key: string, make: () => Promise<T>): Promise<T> {
    const made = this.#shared.get(key) ?? make();
    this.#shared.set(key, made);
    return made as Promise<T>;
  }

  /** The user of the facts that change nothing. */
  reader(): Promise<ContractUser> {
    return this.shared('reader', () => this.newUser());
  }

  readerTokens(): Promise<Tokens> {
    return this.shared('readerTokens', async () => this.tokensOf(await this.reader()));
  }
}

/** Returns an answer as `400 Name: message`, or its status alone. */
export function outcomeOf({ status, body }: Pick<WireAnswer, 'status' | 'body'>): string {
  if (status === 200) return '200';
  return `${status} ${body.__type}: ${body.message ?? body.Message}`;
}

/** Returns a part of a JSON web token: 0 is the header, 1 has the claims. */
export function partOf(token: string, part: 0 | 1): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[part] ?? '', 'base64url').toString());
}
