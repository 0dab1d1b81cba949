import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { closeAll, type Local, sdkFor, startLocal } from '../support/local-sdk.ts';
import { ContractPool, type ContractTarget, PREFIX, type WireAnswer } from './contract-pool.ts';
import { check, differenceBlock, redacted } from './difference.ts';
import { FACTS } from './facts/table.ts';
import { makeThrowAway, removeLeftovers, type ThrowAway, unsuitable } from './throw-away-pool.ts';

function targetOf(endpoint: string): ContractTarget {
  return { region: 'us-east-1', endpoint, sdk: sdkFor(endpoint), paceMs: 0 };
}

/** A pool that answers attributes in another order. */
class ReversingPool extends ContractPool {
  override async call(operation: string, input: object | string): Promise<WireAnswer> {
    const answer = await super.call(operation, input);
    const { UserAttributes } = answer.body;
    if (!Array.isArray(UserAttributes)) return answer;
    return { ...answer, body: { ...answer.body, UserAttributes: UserAttributes.toReversed() } };
  }
}

describe('The facts about Cognito', () => {
  let local: Local;
  let throwAway: ThrowAway;

  before(async () => {
    local = await startLocal();
    throwAway = await makeThrowAway(targetOf(local.pool.url));
  });
  after(closeAll);

  it('are at least 80, each with an id of its own', () => {
    expect(FACTS.length).to.be.at.least(80);
    expect(new Set(FACTS.map(({ id }) => id)).size).to.equal(FACTS.length);
  });

  for (const fact of FACTS) {
    it(`hold in the local user pool (${fact.id})`, async () => {
      const difference = await check(fact, throwAway.pool);
      if (difference) throw new Error(differenceBlock(difference, { region: 'local', date: new Date() }));
    });
  }

  it('say nothing of the order of attributes, which no source tells', async () => {
    const { target, userPoolId, clients } = throwAway.pool;
    const reversing = new ReversingPool(target, userPoolId, clients);
    for (const fact of FACTS.filter(({ id }) => id.startsWith('get-user/')))
      expect((await check(fact, reversing))?.actual, fact.id).to.equal(undefined);
  });

  it('are checked without a message to any user', () => {
    expect(local.pool.inbox.list()).to.deep.equal([]);
  });

  it('leave nothing in the account after the clean-up', async () => {
    await throwAway.remove();
    const { UserPools = [] } = await local.sdk.listUserPools({ MaxResults: 60 });
    expect(UserPools.filter(({ Name }) => Name?.startsWith(PREFIX))).to.deep.equal([]);
  });
});

describe('A difference between a fact and the user pool', () => {
  let proxy: Server;
  let pool: ContractPool;
  let output: string;

  before(async () => {
    const { pool: local } = await startLocal();
    proxy = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const answer = await fetch(local.url + request.url, {
        method: request.method ?? 'POST',
        headers: {
          'content-type': request.headers['content-type'] ?? '',
          'x-amz-target': String(request.headers['x-amz-target'] ?? ''),
          ...(request.headers.authorization && { authorization: request.headers.authorization }),
        },
        ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
      });
      const text = (await answer.text()).replace(
        'Incorrect username or password.',
        `Wrong ${Buffer.concat(chunks).toString('base64')}`,
      );
      response
        .writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
        .end(text);
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    ({ pool } = await makeThrowAway(targetOf(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`)));
    const fact = FACTS.find(({ id }) => id === 'sign-in/wrong-password');
    const difference = fact && (await check(fact, pool));
    output = difference
      ? differenceBlock(difference, { region: 'eu-west-1', date: new Date('2026-11-29T00:00:00Z') })
      : '';
  });
  after(async () => {
    proxy.close();
    proxy.closeAllConnections();
    await closeAll();
  });

  it('is printed with the fact, both values, the source and the place in the documentation', () => {
    expect(output.split('\n')).to.deep.equal([
      '----- difference: please open an issue with this block -----',
      'fact:      sign-in/wrong-password',
      'statement: A wrong password is refused with the generic text.',
      'expected:  "400 NotAuthorizedException: Incorrect username or password."',
      'actual:    "400 NotAuthorizedException: Wrong <token>"',
      "source:    report: users' reports of wrong passwords",
      'place:     docs/verified.md, "sign-in/wrong-password"',
      'checked:   2026-11-29T00:00:00.000Z, eu-west-1',
      '----- end -----',
    ]);
  });

  it('is not reported for a fact that the altered pool still meets', async () => {
    const fact = FACTS.find(({ id }) => id === 'sign-in/tokens');
    expect(fact && (await check(fact, pool))).to.equal(undefined);
  });

  it('shows no password, secret, token, address or id of the pool', async () => {
    const user = await pool.reader();
    const { AccessToken, RefreshToken } = await pool.readerTokens();
    const secret = pool.clients.secret.secret ?? '';
    const parts = [
      user.email,
      user.password,
      AccessToken,
      RefreshToken,
      secret,
      pool.userPoolId,
      pool.clients.hidden.id,
    ];
    const text = redacted(parts.join(' '), pool);
    expect(secret).to.have.length.greaterThan(20);
    for (const part of parts) expect(text).to.not.include(part);
  });

  it('is an observation that throws, such as a connection that is refused', async () => {
    const [fact] = FACTS.map((first) => ({
      ...first,
      observe: () => Promise.reject(new Error('connect ECONNREFUSED')),
    }));
    expect(fact && (await check(fact, pool))?.actual).to.equal('no observation: connect ECONNREFUSED');
  });
});

describe('The check in a user pool that exists', () => {
  let local: Local;
  let own: ThrowAway;
  before(async () => {
    local = await startLocal();
    own = await makeThrowAway(targetOf(local.pool.url));
  });
  after(closeAll);

  it('makes app clients and users in it, and removes them alone', async () => {
    const target = targetOf(local.pool.url);
    const UserPoolId = own.pool.userPoolId;
    const kept = await own.pool.newUser();
    const added = await makeThrowAway(target, UserPoolId);
    await added.pool.newUser();
    await added.remove();
    const { Users = [] } = await local.sdk.listUsers({ UserPoolId });
    expect(Users.map(({ Username }) => Username)).to.deep.equal([kept.sub]);
    const { UserPoolClients = [] } = await local.sdk.listUserPoolClients({ UserPoolId, MaxResults: 60 });
    expect(UserPoolClients).to.have.lengthOf(Object.keys(own.pool.clients).length);
  });

  it('refuses a pool that would send messages', async () => {
    const { UserPool } = await local.sdk.createUserPool({
      PoolName: 'mine',
      AutoVerifiedAttributes: ['email'],
    });
    let message = '';
    await makeThrowAway(targetOf(local.pool.url), UserPool?.Id).catch((error: Error) => {
      message = error.message;
    });
    expect(message).to.include('it verifies addresses, which sends messages');
    expect(unsuitable({})).to.include('users must sign in with an e-mail address');
  });

  it('removes the leftovers of broken runs by their age, and nothing else', async () => {
    const target = targetOf(local.pool.url);
    expect(await removeLeftovers(target, { olderThanMs: 3_600_000 })).to.deep.equal([]);
    const removed = await removeLeftovers(target, { olderThanMs: 0 });
    expect(removed).to.have.lengthOf(1);
    expect(removed[0]).to.match(/^pool cognito-kit-check-/);
    const { UserPools = [] } = await local.sdk.listUserPools({ MaxResults: 60 });
    expect(UserPools.map(({ Name }) => Name)).to.include('mine');
  });
});
