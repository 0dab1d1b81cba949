import { createServer } from 'node:http';
import { expect } from 'chai';
import express from 'express';
import {
  addLocalPoolCommands,
  type CypressChain,
  type LocalPoolCommands,
  type TestedApp,
} from '../../src/browser-tests/cypress.ts';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { createCognitoRouter } from '../../src/router.ts';
import { listen, PASSWORD } from '../support/helpers.ts';
import { ANA, post } from '../support/local-sdk.ts';

interface Visit {
  readonly url: string;
  readonly stored: Readonly<Record<string, string>>;
}

interface Requested {
  readonly method: string;
  readonly url: string;
  readonly body?: object;
  readonly headers?: Record<string, string>;
}

/** A chain of Cypress, whose `then` keeps the value if the callback returns nothing. */
class Chain<T> implements CypressChain<T> {
  readonly value: Promise<T>;

  constructor(value: Promise<T>) {
    this.value = value;
  }

  // biome-ignore lint/suspicious/noThenProperty: chains of Cypress have it.
  then<U>(next: (value: T) => CypressChain<U> | undefined): Chain<U> {
    return new Chain(
      this.value.then((value) => {
        const chain = next(value);
        return chain ? (chain as Chain<U>).value : (value as unknown as U);
      }),
    );
  }

  its<Name extends keyof T & string>(name: Name): Chain<T[Name]> {
    return new Chain(this.value.then((value) => value[name]));
  }
}

/** Stands in for Cypress, which runs in a browser of its own: `cy.request` sends no Origin, and fails for 4xx. */
describe('The commands for Cypress', () => {
  let pool: LocalUserPool;
  let visits: Visit[];
  let cookies: string[];
  let close: (() => Promise<unknown>) | undefined;

  before(async () => {
    pool = await startLocalUserPool({
      quiet: true,
      users: [
        { username: ANA, password: PASSWORD },
        { username: 'totp@example.com', password: PASSWORD, totpSecret: 'JBSWY3DPEHPK3PXP' },
      ],
    });
  });
  after(() => pool.close());
  // A server that a failed test has left open would keep mocha running.
  afterEach(async () => {
    await close?.();
    close = undefined;
  });

  async function send({ method, url, body, headers }: Requested): Promise<{ body: unknown }> {
    const response = await fetch(url, {
      method,
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`cy.request() failed: ${response.status} ${text}`);
    cookies.push(...response.headers.getSetCookie());
    return { body: text === '' ? '' : JSON.parse(text) };
  }

  function commandsFor(app: TestedApp): LocalPoolCommands {
    visits = [];
    cookies = [];
    let added: LocalPoolCommands | undefined;
    addLocalPoolCommands({
      Cypress: {
        Commands: {
          addAll(commands) {
            added = commands as unknown as LocalPoolCommands;
          },
        },
      },
      cy: {
        request: (options) => new Chain(send(options as Requested)),
        visit(url, options) {
          const stored: Record<string, string> = {};
          const setItem = (name: string, value: string): void => {
            stored[name] = value;
          };
          options?.onBeforeLoad({ localStorage: { setItem } });
          visits.push({ url, stored });
          return new Chain<unknown>(Promise.resolve());
        },
      },
      url: pool.url,
      app,
    });
    if (!added) throw new Error('no command was added');
    return added;
  }

  const resultOf = <T>(chain: CypressChain<T>): Promise<T> => (chain as Chain<T>).value;

  it('open a page with the tokens where Amplify keeps them', async () => {
    const { signInAs } = commandsFor({ amplify: 'http://localhost:5173' });
    await resultOf(signInAs(ANA, '/reports'));
    const [{ url, stored } = { url: '', stored: {} }] = visits;
    expect(url).to.equal('http://localhost:5173/reports');
    const client = `CognitoIdentityServiceProvider.${pool.config.clientId}`;
    const user = stored[`${client}.LastAuthUser`];
    expect(Object.keys(stored)).to.include.members(
      ['accessToken', 'idToken', 'refreshToken', 'clockDrift'].map((name) => `${client}.${user}.${name}`),
    );
  });

  it('open a page with entries of the app in localStorage', async () => {
    const entries = ({ idToken }: { idToken: string }) => ({ id: idToken });
    await resultOf(commandsFor({ storage: 'http://localhost:5173', entries }).signInAs(ANA));
    expect(visits[0]?.url).to.equal('http://localhost:5173/');
    expect(visits[0]?.stored.id).to.match(/^eyJ/);
  });

  it('sign in through the router before they open a page', async () => {
    const auth = createCognitoRouter({
      ...pool.config,
      transport: 'cookie',
      cookieSecret: 'a secret for cookies, of 32 characters',
      logger: false,
    });
    const site = await listen(createServer(express().use('/auth', auth)));
    close = () => Promise.all([auth.close(), site.close()]);
    const { url } = site;
    const { signInAs } = commandsFor({ router: `${url}/auth` });
    await resultOf(signInAs({ username: ANA, password: PASSWORD }, '/reports'));
    expect(visits).to.deep.equal([{ url: `${url}/reports`, stored: {} }]);
    expect(cookies.join()).to.include('__Host-auth-access=');
    const challenged = resultOf(signInAs({ username: 'totp@example.com', password: PASSWORD }));
    expect(await challenged.then(String, String)).to.include('needs another step (SOFTWARE_TOKEN_MFA)');
    expect(visits).to.have.lengthOf(1);
  });

  it('add users, read their messages and clear the inbox', async () => {
    const { addPoolUser, waitForMessage, clearInbox } = commandsFor({ amplify: 'http://localhost:5173' });
    const username = 'cy@example.com';
    expect((await resultOf(addPoolUser({ username, status: 'UNCONFIRMED' }))).username).to.be.a('string');
    const ClientId = pool.config.clientId;
    await post(pool.url, 'ResendConfirmationCode', { ClientId, Username: username });
    expect((await resultOf(waitForMessage({ to: username }))).code).to.match(/^\d{6}$/);
    await resultOf(clearInbox());
    expect(pool.inbox.list()).to.deep.equal([]);
  });
});
