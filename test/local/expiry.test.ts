import { expect } from 'chai';
import { clientKeyPair } from '../../src/cognito/srp.ts';
import { issueCode } from '../../src/local/managed-login/authorization-codes.ts';
import { signInSession } from '../../src/local/managed-login/browser-sessions.ts';
import { createClock } from '../../src/local/model/clock.ts';
import { sharedKeyPair } from '../../src/local/model/keys.ts';
import type { AppClient, BrowserSession, ServerState, UserPool } from '../../src/local/model/pool.ts';
import { CONVENIENT_POOL, convenientClient } from '../../src/local/model/settings-rules.ts';
import type { User } from '../../src/local/model/user.ts';
import { passkeyOperations } from '../../src/local/operations/passkeys.ts';
import { openSession } from '../../src/local/sign-in/sessions.ts';
import { beginSrp } from '../../src/local/sign-in/srp.ts';
import { signIn } from '../../src/local/tokens/tokens.ts';
import { createClient, createPool } from '../../src/local/users/pools.ts';
import { seedUser } from '../../src/local/users/seed.ts';

const START = Date.now();
const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** A pool without a server. */
interface Inside {
  readonly service: ServerState;
  readonly pool: UserPool;
  readonly client: AppClient;
  readonly ana: User;
}

async function startInside(): Promise<Inside> {
  const service: ServerState = {
    region: 'us-east-1',
    // It stands still unless a test moves it.
    clock: createClock(() => START),
    limits: false,
    triggers: {},
    lambdaEndpoint: undefined,
    closing: new AbortController().signal,
    keys: await sharedKeyPair(),
    kmsKey: Buffer.alloc(32),
    pools: new Map(),
    clients: new Map(),
    provisionedLimits: new Map(),
    deliver: () => undefined,
    isWriteBlocked: () => false,
    sessionDelayOf: () => 0,
    urlOf: (id) => `http://localhost/${id}`,
    issuerOf: (id) => `http://localhost/${id}`,
  };
  const pool = createPool(service, {
    ...CONVENIENT_POOL,
    Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } },
    WebAuthnConfiguration: { RelyingPartyId: 'localhost' },
  });
  const client = createClient(pool, convenientClient());
  return {
    service,
    pool,
    client,
    ana: seedUser(pool, { username: 'ana@example.com', password: 'Passw0rd!' }),
  };
}

describe('A local pool', () => {
  let inside: Inside;
  beforeEach(async () => {
    inside = await startInside();
  });

  /** Adds entries one by one, and looks at how many are kept of those that have expired meanwhile. */
  async function expectSwept(
    entries: { readonly size: number },
    add: () => unknown,
    lifetimeMs: number,
  ): Promise<void> {
    const { clock } = inside.service;
    for (let i = 0; i < 3; i++) await add();
    clock.advance(lifetimeMs - 1);
    await add();
    expect(entries.size, 'none has expired').to.equal(4);
    clock.advance(1);
    await add();
    expect(entries.size, 'the first three have expired').to.equal(2);
    clock.advance(lifetimeMs);
    await add();
    expect(entries.size, 'all but the last have expired').to.equal(1);
  }

  it('forgets the SRP exchanges that have expired when another one begins', async () => {
    const { client, ana, pool } = inside;
    const shared = clientKeyPair().shared.toString(16);
    await expectSwept(pool.srpExchanges, () => beginSrp(client, ana, ana.username, shared), 10 * SECOND);
  });

  it('forgets the SRP exchanges of unknown users as well', async () => {
    const { client, pool } = inside;
    const shared = clientKeyPair().shared.toString(16);
    await expectSwept(pool.srpExchanges, () => beginSrp(client, undefined, 'nobody', shared), 10 * SECOND);
  });

  it('forgets challenge sessions an hour after they have expired, when another one is opened', async () => {
    const { client, ana, pool } = inside;
    await expectSwept(pool.sessions, () => openSession(client, ana, 'SOFTWARE_TOKEN_MFA'), 63 * MINUTE + 1);
  });

  it('forgets the authorization codes that have expired when another one is issued', async () => {
    const { client, ana, pool } = inside;
    const grant = { client, user: ana, redirectUri: 'http://localhost', challenge: undefined, scopes: [] };
    await expectSwept(pool.authorizationCodes, () => issueCode(pool, grant as never), 5 * MINUTE);
  });

  it('forgets the passkey registrations that have expired when another one starts', async () => {
    const { service, client, ana, pool } = inside;
    const start = passkeyOperations.StartWebAuthnRegistration;
    const { AccessToken } = signIn(client, ana, { accessExpiresIn: 86_400 });
    await expectSwept(pool.passkeyRegistrations, () => start?.run(service, { AccessToken }), 3 * MINUTE);
  });

  it('keeps a bounded number of browser sessions, and forgets the oldest first', () => {
    const { ana, pool } = inside;
    const before = { id: '', csrf: 'x', flows: new Map(), expiresAt: 0 };
    const opened: BrowserSession[] = [];
    for (let i = 0; i < 10_002; i++) {
      opened.push(signInSession(pool, before, { user: ana, client: inside.client, provider: 'COGNITO' }));
    }
    const ids = [...pool.browserSessions.keys()];
    expect(ids).to.have.lengthOf(10_000);
    expect([ids[0], ids.at(-1)]).to.deep.equal([opened[2]?.id, opened.at(-1)?.id]);
  });
});
