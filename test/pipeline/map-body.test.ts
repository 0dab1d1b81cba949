import { expect } from 'chai';
import express, { type ErrorRequestHandler } from 'express';
import type { MapBody } from '../../src/config/body-options.ts';
import type { Config } from '../../src/config/options.ts';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { createCognitoRouter } from '../../src/router.ts';
import { ProblemError, problem } from '../../src/shared/problem.ts';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';

const EMAIL = 'ada@example.com';

describe('The option mapBody', () => {
  let pool: LocalUserPool;
  let errors: unknown[];
  before(async () => {
    pool = await startLocalUserPool({ quiet: true, users: [{ username: EMAIL, password: PASSWORD }] });
  });
  after(() => pool.close());
  beforeEach(() => {
    errors = [];
  });

  function start(mapBody: unknown, config: Config = {}): Promise<Kit> {
    const keepError: ErrorRequestHandler = (error, _req, res, _next) => {
      errors.push(error);
      res.status(599).end();
    };
    return startKit({
      pool,
      config: { ...config, mapBody: mapBody as MapBody },
      app: (auth) => express().use('/auth', auth).use(keepError),
    });
  }

  it('lets clients sign in with the field names of the app', async () => {
    const kit = await start({
      signIn: ({ user, pass }) => ({ email: user, password: pass }),
    } satisfies Config['mapBody']);
    expectStatus(await kit.post('/sign-in', { user: EMAIL, pass: PASSWORD }), 200);
    const answer = expectProblem(await kit.post('/sign-in', { pass: PASSWORD }), 'validation_failed');
    expect(answer.body.errors).to.deep.equal([{ path: '/email', message: 'is required' }]);
  });

  it('validates the mapped body, and leaves other endpoints alone', async () => {
    const kit = await start({ signIn: (body) => ({ ...body, role: 'admin' }) } satisfies Config['mapBody']);
    expectProblem(await kit.post('/sign-in', { email: EMAIL, password: PASSWORD }), 'validation_failed');
    expectStatus(await kit.post('/forgot-password', { email: EMAIL }), 200);
  });

  it('takes one function for all endpoints, with the name of the endpoint and the request', async () => {
    const calls: string[] = [];
    const snakeCase: MapBody = (body, { endpoint, req }) => {
      calls.push(`${endpoint} ${req.method}`);
      const camel = (name: string): string =>
        name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
      return Object.fromEntries(Object.entries(body).map(([name, value]) => [camel(name), value]));
    };
    const kit = await start(snakeCase);
    expectProblem(
      await kit.post('/confirm-forgot-password', {
        email: EMAIL,
        confirmation_code: '123456',
        new_password: PASSWORD,
      }),
      'invalid_code',
    );
    expect(calls).to.deep.equal(['confirmForgotPassword POST']);
  });

  it('maps a field of the app into one of extraFields', async () => {
    let seen: unknown;
    const kit = await start(
      {
        signIn: ({ 'cf-turnstile-response': captchaToken, ...rest }) => ({ ...rest, captchaToken }),
      } satisfies Config['mapBody'],
      {
        extraFields: { signIn: ['captchaToken'] },
        hooks: {
          before: {
            signIn: ({ body }) => {
              seen = body.captchaToken;
            },
          },
        },
      },
    );
    const body = { email: EMAIL, password: PASSWORD, 'cf-turnstile-response': 'token' };
    expectStatus(await kit.post('/sign-in', body), 200);
    expect(seen).to.equal('token');
  });

  it('gets no body that is not an object, or that would change the prototype of a copy', async () => {
    const kit = await start({ signIn: ({ user }) => ({ email: user }) } satisfies Config['mapBody']);
    for (const body of ['[]', 'null', '"x"', '{"__proto__":{"user":"x"}}']) {
      const answer = await kit.request.post('/auth/sign-in').type('json').send(body);
      expect(answer.status, body).to.equal(400);
    }
    expect(errors).to.deep.equal([]);
  });

  it('refuses the request with the problem of a ProblemError', async () => {
    const refuse = (): never => {
      throw new ProblemError(problem('forbidden', { detail: 'Update the app.' }));
    };
    const kit = await start({ signIn: refuse });
    const answer = expectProblem(await kit.post('/sign-in', { user: EMAIL }), 'forbidden');
    expect(answer.body.detail).to.equal('Update the app.');
  });

  const faults: readonly [name: string, map: () => unknown, message: string][] = [
    [
      'throws another error',
      () => {
        throw new RangeError('mine');
      },
      'mine',
    ],
    [
      'throws no Error',
      () => {
        // biome-ignore lint/style/useThrowOnlyError: the fault under test
        throw undefined;
      },
      'not an Error',
    ],
    ['returns nothing', () => undefined, 'mapBody returned no object for signIn'],
    ['returns a list', () => [], 'mapBody returned no object for signIn'],
    [
      'is asynchronous',
      async () => {
        throw new Error('late');
      },
      'mapBody returned a promise for signIn',
    ],
  ];
  for (const [name, map, message] of faults) {
    it(`passes a fault to the error handler of the app if it ${name}`, async () => {
      const kit = await start({ signIn: map });
      expect((await kit.post('/sign-in', { email: EMAIL, password: PASSWORD })).status).to.equal(599);
      expect(String(errors[0])).to.include(message).and.not.include(PASSWORD);
    });
  }

  const wrong: readonly [option: unknown, message: string][] = [
    ['camelCase', 'write a function'],
    [{ signIn: 'email' }, 'write a function'],
    [{ login: () => ({}) }, 'has no option "login"'],
    [{ getMe: () => ({}) }, 'getMe takes no body'],
  ];
  for (const [mapBody, message] of wrong) {
    it(`throws at the start for an invalid value: ${message}`, () => {
      const options = { ...pool.config, mapBody } as unknown as Config;
      expect(() => createCognitoRouter(options)).to.throw(TypeError, message);
    });
  }
});
