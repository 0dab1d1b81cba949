import { Agent, request } from 'node:http';
import type { Tokens } from '../../src/endpoints/sign-in-types.ts';

/** A request of the clients, and its outcome: a status, or the code of the connection's error. */
export interface Outcome {
  readonly action: Action;
  readonly result: number | string;
  readonly body: string;
}

export type Action = 'sign-in' | 'refresh' | 'requireAuth';

export interface ClientOptions {
  readonly url: string;
  readonly users: readonly string[];
  readonly password: string;
  /** The requests of each client, in turn. The first must be a sign-in. */
  readonly actions: readonly Action[];
  /** Whether clients keep their connections to nginx. An nginx that reloads closes those. */
  readonly keepAlive: boolean;
}

/** A request that takes longer is lost. */
const TIMEOUT_MS = 20_000;

/** Users who sign in, refresh and read, each one request after the other, until they are told to stop. */
export class Clients {
  readonly outcomes: Outcome[] = [];
  readonly #options: ClientOptions;
  readonly #agent: Agent;
  readonly #work: Promise<unknown>;
  #stopped = false;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#agent = new Agent({ keepAlive: options.keepAlive });
    this.#work = Promise.all(options.users.map((email) => this.#run(email)));
  }

  count(action: Action): number {
    return this.outcomes.filter((outcome) => outcome.action === action).length;
  }

  /** Ends after the requests in progress. Returns the outcomes that are no success. */
  async stop(): Promise<readonly Outcome[]> {
    this.#stopped = true;
    await this.#work;
    this.#agent.destroy();
    return this.outcomes.filter(({ result }) => result !== 200);
  }

  async #run(email: string): Promise<void> {
    const { actions, password } = this.#options;
    let tokens: Partial<Tokens> = {};
    for (let turn = 0; !this.#stopped; turn++) {
      const action = actions[turn % actions.length] ?? 'sign-in';
      const outcome = await this.#send(action, { email, password }, tokens);
      this.outcomes.push(outcome);
      // Without the new tokens of a lost refresh, the session is lost too.
      if (action !== 'requireAuth' && outcome.result === 200) {
        tokens = { ...tokens, ...(JSON.parse(outcome.body) as { tokens: Tokens }).tokens };
      }
    }
  }

  #send(action: Action, user: object, { accessToken, refreshToken }: Partial<Tokens>): Promise<Outcome> {
    if (action === 'sign-in') return this.#request(action, '/auth/sign-in', { body: user });
    if (action === 'refresh') return this.#request(action, '/auth/refresh', { body: { refreshToken } });
    return this.#request(action, '/reports', { headers: { authorization: `Bearer ${accessToken}` } });
  }

  #request(
    action: Action,
    path: string,
    { body, headers = {} }: { body?: object; headers?: Record<string, string> },
  ): Promise<Outcome> {
    return new Promise((resolve) => {
      const settle = (result: number | string, text = ''): void => resolve({ action, result, body: text });
      const content = body === undefined ? undefined : JSON.stringify(body);
      const req = request(this.#options.url + path, {
        method: content === undefined ? 'GET' : 'POST',
        agent: this.#agent,
        timeout: TIMEOUT_MS,
        headers: {
          ...headers,
          ...(content !== undefined && {
            'content-type': 'application/json',
            'content-length': String(Buffer.byteLength(content)),
          }),
        },
      });
      req.on('timeout', () => req.destroy(new Error('no answer')));
      req.on('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
      req.on('response', (res) => {
        let text = '';
        res.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        res.on('error', (error) => settle(error.message));
        res.on('end', () => settle(res.statusCode ?? 0, text));
      });
      req.end(content);
    });
  }
}
