import type { LocalTokens } from '../local/local-user-pool.ts';
import type { InboxFilter } from '../local/messages/inbox.ts';
import type { InboxMessage } from '../local/model/messages.ts';
import type { NewUser } from '../local/users/seed.ts';
import {
  checkSignedIn,
  messagePath,
  type RouterApp,
  signInRequest,
  storedEntries,
  type TestedApp,
  type TestUser,
  userOf,
} from './tested-app.ts';

export type { TestedApp, TestUser } from './tested-app.ts';

/** A command's result in Cypress, which is no promise. */
export interface CypressChain<T> {
  then<U>(next: (value: T) => CypressChain<U> | undefined): CypressChain<U>;
  its<Name extends keyof T & string>(name: Name): CypressChain<T[Name]>;
}

/** The part of `cy` that the commands use. */
export interface CypressCommands {
  /** Sends a request from Cypress itself, which is no page. */
  request(options: object): CypressChain<{ readonly body: unknown }>;
  /** Opens a page of the app. */
  visit(
    url: string,
    options?: {
      readonly onBeforeLoad: (page: { localStorage: { setItem(name: string, value: string): void } }) => void;
    },
  ): CypressChain<unknown>;
}

/** The part of the global `Cypress` that the commands use. */
export interface CypressGlobal {
  /** The registry of commands. */
  readonly Commands: {
    /** Adds commands by their names. */
    addAll(commands: Record<string, (...args: never[]) => CypressChain<unknown>>): void;
  };
}

/** Options of `addLocalPoolCommands`. */
export interface LocalPoolCommandsOptions {
  /** The global `Cypress`. */
  readonly Cypress: CypressGlobal;
  /** The global `cy`. */
  readonly cy: CypressCommands;
  /** Address of the local pool, such as `http://127.0.0.1:9229`. */
  readonly url: string;
  /** The app whose pages the tests open. */
  readonly app: TestedApp;
}

/** The commands that `addLocalPoolCommands` adds, for the interface `Cypress.Chainable`. */
export interface LocalPoolCommands {
  /** Signs the browser in, then opens a page of the app. Default: its first page. */
  signInAs(user: TestUser | string, path?: string): CypressChain<unknown>;
  /** Adds a user, with the members of `addUser` of the local pool. */
  addPoolUser(user: NewUser): CypressChain<{ readonly username: string; readonly sub: string }>;
  /** Yields the newest message that matches, and waits up to 5 seconds for one. */
  waitForMessage(filter?: InboxFilter): CypressChain<InboxMessage>;
  /** Removes all messages. Call it before the step that sends one. */
  clearInbox(): CypressChain<unknown>;
}

/**
 * Adds commands to Cypress that sign users in and read codes from a local user pool. They use `cy.request`, because the pool
 * refuses its control to web pages.
 *
 * @example
 * // cypress/support/e2e.ts
 * addLocalPoolCommands({ Cypress, cy, url: 'http://127.0.0.1:9229', app: { amplify: 'http://localhost:5173' } });
 * // cypress/e2e/reports.cy.ts
 * cy.signInAs('ada@example.com', '/reports');
 */
export function addLocalPoolCommands({ Cypress, cy, url, app }: LocalPoolCommandsOptions): void {
  const base = `${url.replace(/\/+$/, '')}/_kit`;
  const get = (method: string, path: string, body?: object): CypressChain<{ readonly body: unknown }> =>
    cy.request({ method, url: base + path, ...(body && { body }) });

  const commands: LocalPoolCommands = {
    addPoolUser: (user) =>
      get('POST', '/users', user).its('body') as ReturnType<LocalPoolCommands['addPoolUser']>,
    clearInbox: () => get('DELETE', '/inbox'),
    waitForMessage: (filter) => get('GET', messagePath(filter)).its('body') as CypressChain<InboxMessage>,
    signInAs(given, path = '/') {
      const user = userOf(given);
      if ('router' in app)
        return signInThroughRouter(cy, app, user).then(() => cy.visit(new URL(path, app.router).href));
      const origin = 'amplify' in app ? app.amplify : app.storage;
      return get('POST', '/tokens', { username: user.username }).then(({ body }) =>
        cy.visit(new URL(path, origin).href, {
          onBeforeLoad({ localStorage }) {
            for (const [name, value] of Object.entries(storedEntries(app, user, body as LocalTokens)))
              localStorage.setItem(name, value);
          },
        }),
      );
    },
  };
  Cypress.Commands.addAll({ ...commands });
}

/** The cookies of `cy.request` are those of the browser. */
function signInThroughRouter(cy: CypressCommands, app: RouterApp, user: TestUser): CypressChain<unknown> {
  return cy.request({ method: 'POST', ...signInRequest(app, user) }).then(({ body }) => {
    checkSignedIn(body, user);
    return;
  });
}
