import { expect } from 'chai';
import express, { type ErrorRequestHandler } from 'express';
import type { BeforeHookContext, Hooks, ResponseHookContext } from '../../src/config/hooks.ts';
import type { Config } from '../../src/config/options.ts';
import { ENDPOINTS } from '../../src/endpoints/table.ts';
import { ProblemError, problem } from '../../src/shared/problem.ts';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { captureLog, type LogCapture } from '../support/log-capture.ts';
import { SAMPLE_REQUESTS } from '../support/requests.ts';
import { TOUR_POOL, TOUR_USERS, takeTour } from '../support/tour.ts';

const SIGN_IN = { email: 'ada@example.com', password: PASSWORD };

/** A kit with a stubbed Cognito client, whose app records the errors that reach its error handler. */
interface HookKit extends Kit {
  readonly sent: { readonly operation: string; readonly input: Record<string, unknown> }[];
  readonly errors: unknown[];
  readonly log: LogCapture;
}

const TOKENS = {
  AuthenticationResult: { AccessToken: 'access', IdToken: 'id', RefreshToken: 'refresh', ExpiresIn: 60 },
};

async function start(hooks: Hooks, config: Config = {}): Promise<HookKit> {
  const sent: HookKit['sent'] = [];
  const errors: unknown[] = [];
  const log = captureLog();
  const client = {
    send: async (command: { input: Record<string, unknown> }) => {
      sent.push({ operation: command.constructor.name.replace(/Command$/, ''), input: command.input });
      return TOKENS;
    },
  };
  const keepError: ErrorRequestHandler = (error, _req, res, _next) => {
    errors.push(error);
    res.status(599).json({ from: 'the app' });
  };
  const kit = await startKit({
    config: { cognitoClient: client as never, hooks, logger: log.logger, ...config },
    app: (auth) => express().use('/auth', auth).use(keepError),
  });
  return Object.assign(kit, { sent, errors, log });
}

/** Deletes every member at every depth. */
function empty(value: object): void {
  for (const [name, member] of Object.entries(value)) {
    if (typeof member === 'object' && member !== null) empty(member);
    Reflect.deleteProperty(value, name);
  }
}

describe('A before hook', () => {
  it('receives the endpoint, the request, the validated body and the verified token', async () => {
    const seen: BeforeHookContext[] = [];
    const keep = (context: BeforeHookContext): void => void seen.push(context);
    const kit = await start({ before: { signIn: keep, changePassword: keep, getMe: keep } });
    await kit.post('/sign-in', { ...SIGN_IN, email: ' ada@example.com ' });
    const { accessToken } = kit.pool.tokensFor(kit.pool.addUser({ username: 'eve@example.com' }).username);
    await kit.post('/change-password', { oldPassword: 'a', newPassword: 'b' }, accessToken);
    await kit.get('/me', kit.pool.tokensFor('eve@example.com').accessToken);
    const [signIn, change, me] = seen;
    expect(signIn).to.include({ endpoint: 'signIn', auth: undefined });
    expect(signIn?.body).to.deep.equal(SIGN_IN);
    expect(signIn?.req.method).to.equal('POST');
    expect(change?.auth).to.include({ tokenUse: 'access', token: accessToken });
    expect(me?.body).to.deep.equal({});
  });

  it('does not run for a request that validation, authentication or a rate limit refuses', async () => {
    let runs = 0;
    const count = (): void => void runs++;
    const before = Object.fromEntries(SAMPLE_REQUESTS.map(({ endpoint }) => [endpoint.name, count]));
    const kit = await start(
      { before },
      { rateLimits: { account: { signIn: { limit: 1, windowMs: 60_000 } } } },
    );
    await kit.post('/sign-in', {});
    await kit.request.post('/auth/sign-in').type('text').send('x');
    await kit.get('/me');
    await kit.post('/change-password', { oldPassword: 'a', newPassword: 'b' }, 'forged');
    expect(runs).to.equal(0);
    await kit.post('/sign-in', SIGN_IN);
    await kit.post('/sign-in', SIGN_IN);
    expect(runs).to.equal(1);
  });

  it('changes the input of the Cognito call by returning another body', async () => {
    const kit = await start({
      before: { signIn: ({ body }) => ({ body: { ...body, email: `${body.email}`.replace('@', '+x@') } }) },
    });
    await kit.post('/sign-in', SIGN_IN);
    expect(kit.sent[0]?.input.AuthParameters).to.deep.equal({ USERNAME: 'ada+x@example.com', PASSWORD });
  });

  it('cannot modify the body in place', async () => {
    const kit = await start({
      before: {
        signIn: ({ body }) => {
          expect(() => Object.assign(body, { email: 'eve@example.com' })).to.throw(TypeError);
        },
      },
    });
    await kit.post('/sign-in', SIGN_IN);
    expect(kit.sent[0]?.input.AuthParameters).to.include({ USERNAME: 'ada@example.com' });
  });

  it('cannot change any nested member of the body', async () => {
    const kit = await start({
      before: {
        signUp: ({ body }) => {
          (body.attributes as Record<string, string>).name = 'changed';
        },
      },
    });
    const { status } = await kit.post('/sign-up', { ...SIGN_IN, attributes: { name: 'Ada' } });
    expect(status).to.equal(599);
    expect(String(kit.errors[0])).to.match(/read only property 'name'/);
    expect(kit.sent).to.deep.equal([]);
  });

  it('refuses the request by throwing a problem of the kit', async () => {
    const kit = await start({
      before: {
        signUp: () => {
          throw new ProblemError(problem('forbidden', { detail: 'By invitation only.' }));
        },
      },
    });
    const response = expectProblem(await kit.post('/sign-up', SIGN_IN), 'forbidden');
    expect(response.body.detail).to.equal('By invitation only.');
    expect([kit.sent, kit.errors]).to.deep.equal([[], []]);
    expect(kit.log.lines()[0]).to.include({ endpoint: 'signUp', status: 403, code: 'forbidden' });
  });

  it('refuses the request by throwing a custom problem with headers', async () => {
    const kit = await start({
      before: {
        signIn: async () => {
          await new Promise((resolve) => setTimeout(resolve, 1));
          const words = { title: 'Trial ended', detail: 'Choose a plan.' };
          throw new ProblemError({
            status: 402,
            code: 'trial_ended',
            ...words,
            headers: { 'X-Plans': '/plans' },
          });
        },
      },
    });
    const response = await kit.post('/sign-in', SIGN_IN);
    expect(response.status).to.equal(402);
    expect(response.headers).to.include({
      'x-plans': '/plans',
      'content-type': 'application/problem+json; charset=utf-8',
    });
    expect(response.body).to.include({ code: 'trial_ended', title: 'Trial ended', detail: 'Choose a plan.' });
    expect(kit.sent).to.deep.equal([]);
  });

  it('passes client metadata to each Cognito operation that supports it', async () => {
    const hook = async () => ({ clientMetadata: { tenant: 'blue' } });
    const before = Object.fromEntries(SAMPLE_REQUESTS.map(({ endpoint }) => [endpoint.name, hook]));
    const kit = await start({ before });
    for (const { endpoint, path, body } of SAMPLE_REQUESTS) {
      if (endpoint.method === 'post' && endpoint.auth === 'none') await kit.request.post(path).send(body);
    }
    const withMetadata = kit.sent.filter(
      ({ input }) => JSON.stringify(input.ClientMetadata) === '{"tenant":"blue"}',
    );
    expect(new Set(withMetadata.map(({ operation }) => operation))).to.deep.equal(
      new Set([
        'SignUp',
        'ConfirmSignUp',
        'ResendConfirmationCode',
        'InitiateAuth',
        'RespondToAuthChallenge',
        'ForgotPassword',
        'ConfirmForgotPassword',
        'GetTokensFromRefreshToken',
      ]),
    );
  });

  it('is the only source of client metadata, because the endpoints refuse it in a body', async () => {
    const kit = await start({});
    expectProblem(
      await kit.post('/sign-in', { ...SIGN_IN, clientMetadata: { tenant: 'blue' } }),
      'validation_failed',
    );
    await kit.post('/sign-in', SIGN_IN);
    expect(kit.sent[0]?.input.ClientMetadata).to.equal(undefined);
  });

  it('passes client metadata to the Lambda triggers of the user pool', async () => {
    const received: unknown[] = [];
    const kit = await startKit({
      pool: {
        triggers: {
          preSignUp: (event) => {
            received.push(event.request.clientMetadata);
            return event;
          },
        },
      },
      config: { hooks: { before: { signUp: () => ({ clientMetadata: { tenant: 'blue' } }) } } },
    });
    expectStatus(await kit.post('/sign-up', SIGN_IN), 200);
    expect(received).to.deep.equal([{ tenant: 'blue' }]);
  });

  it('lets the request proceed by returning undefined or an empty object', async () => {
    for (const nothing of [() => undefined, async () => undefined, () => ({})]) {
      const kit = await start({ before: { signIn: nothing } });
      expectStatus(await kit.post('/sign-in', SIGN_IN), 200);
    }
  });
});

describe('A response hook', () => {
  it('receives the response body, and replaces it by returning another', async () => {
    const seen: ResponseHookContext[] = [];
    const kit = await start({
      response: {
        signIn: async (context) => {
          seen.push(context);
          return { ...context.response, plan: 'free' };
        },
      },
    });
    const { body } = expectStatus(await kit.post('/sign-in', SIGN_IN), 200);
    expect(body).to.include({ status: 'complete', plan: 'free' });
    expect(body.tokens.accessToken).to.equal('access');
    expect(seen[0]).to.include({ endpoint: 'signIn' });
    expect(seen[0]?.body).to.deep.equal(SIGN_IN);
  });

  it('keeps the response body by returning undefined', async () => {
    const kit = await start({ response: { signIn: () => undefined } });
    expect((await kit.post('/sign-in', SIGN_IN)).body.status).to.equal('complete');
  });

  it('does not change the response by changing its copy', async () => {
    const seen: unknown[] = [];
    const kit = await start({
      response: {
        signIn: ({ response }) => {
          empty(response);
          Object.assign(response, { plan: 'free' });
          seen.push(response);
        },
      },
    });
    const { body } = expectStatus(await kit.post('/sign-in', SIGN_IN), 200);
    expect(seen).to.deep.equal([{ plan: 'free' }]);
    expect(body).to.not.have.property('plan');
    expect(body.status).to.equal('complete');
    expect(body.tokens).to.include({ accessToken: 'access', refreshToken: 'refresh' });
  });

  it('changes the response by returning its changed copy', async () => {
    const kit = await start({
      response: { signIn: ({ response }) => Object.assign(response, { plan: 'free' }) },
    });
    const { body } = expectStatus(await kit.post('/sign-in', SIGN_IN), 200);
    expect(body).to.include({ status: 'complete', plan: 'free' });
  });

  it('receives a copy of the whole response body at every endpoint', async () => {
    const given: string[] = [];
    const keepAndEmpty = ({ response }: ResponseHookContext): void => {
      given.push(JSON.stringify(response));
      empty(response);
    };
    const response = Object.fromEntries(ENDPOINTS.map(({ name }) => [name, keepAndEmpty]));
    const kit = await startKit({
      pool: { pool: TOUR_POOL, users: TOUR_USERS },
      config: { hooks: { response } },
    });
    const { stops } = await takeTour(kit);
    const sent = stops.filter(({ response }) => response.status === 200).map(({ response }) => response.text);
    expect(sent).to.have.length.of.at.least(40);
    for (const text of sent) expect(given).to.include(text);
  });

  it('receives the body that the before hook returned', async () => {
    const bodies: unknown[] = [];
    const kit = await start({
      before: { signIn: ({ body }) => ({ body: { ...body, email: 'eve@example.com' } }) },
      response: { signIn: ({ body }) => void bodies.push(body.email) },
    });
    await kit.post('/sign-in', SIGN_IN);
    expect(bodies).to.deep.equal(['eve@example.com']);
  });

  it('refuses the request by throwing a problem, and no token is sent', async () => {
    const kit = await start({
      response: {
        signIn: () => {
          throw new ProblemError(problem('forbidden'));
        },
      },
    });
    const response = expectProblem(await kit.post('/sign-in', SIGN_IN), 'forbidden');
    expect(response.text).to.not.include('access');
  });

  it('does not run for a failed request', async () => {
    let runs = 0;
    const kit = await startKit({
      config: { hooks: { response: { signIn: () => void runs++, getMe: () => void runs++ } } },
    });
    await kit.post('/sign-in', SIGN_IN);
    await kit.get('/me');
    expect(runs).to.equal(0);
  });
});

describe('An error thrown by a hook', () => {
  const error = Object.assign(new Error('database down'), { code: 'EDOWN' });
  for (const [when, hooks] of Object.entries({
    before: { before: { signIn: () => Promise.reject(error) } },
    response: {
      response: {
        signIn: () => {
          throw error;
        },
      },
    },
  })) {
    it(`reaches the app's error handler unchanged from the ${when} hook`, async () => {
      const kit = await start(hooks);
      const response = await kit.post('/sign-in', SIGN_IN);
      expect(response.status).to.equal(599);
      expect(response.body).to.deep.equal({ from: 'the app' });
      expect(kit.errors).to.have.lengthOf(1);
      expect(kit.errors[0]).to.equal(error);
      expect(kit.sent.filter(({ operation }) => operation === 'InitiateAuth')).to.have.lengthOf(
        when === 'before' ? 0 : 1,
      );
    });
  }

  for (const thrown of [undefined, null, 'route', 'router', 0, 'text']) {
    it(`stops the request and becomes an Error if it is ${JSON.stringify(thrown) ?? 'undefined'}`, async () => {
      const kit = await start({
        before: {
          signIn: () => {
            throw thrown;
          },
        },
      });
      expect((await kit.post('/sign-in', SIGN_IN)).status).to.equal(599);
      expect(kit.sent).to.deep.equal([]);
      expect(kit.errors[0]).to.be.instanceOf(Error);
    });
  }

  it('does not affect the next request', async () => {
    let broken = true;
    const kit = await start({
      before: {
        signIn: () => {
          if (broken) throw error;
        },
      },
    });
    await kit.post('/sign-in', SIGN_IN);
    broken = false;
    expectStatus(await kit.post('/sign-in', SIGN_IN), 200);
  });

  it('is answered 500 by Express if the app has no error handler, without the request body', async () => {
    const kit = await startKit({ config: { hooks: { before: { signIn: () => Promise.reject(error) } } } });
    kit.app.set('env', 'test');
    const response = await kit.post('/sign-in', SIGN_IN);
    expect(response.status).to.equal(500);
    expect(response.text).to.not.include(PASSWORD);
  });

  it("reaches the app's error handler if the returned response body cannot be serialized", async () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    const kit = await start({ response: { signIn: () => circular } });
    expect((await kit.post('/sign-in', SIGN_IN)).status).to.equal(599);
    expect(kit.errors[0]).to.be.instanceOf(TypeError);
  });
});

describe('An error thrown by onError', () => {
  const error = new Error('template missing');
  for (const [kind, onError] of Object.entries({
    'synchronous error': () => {
      throw error;
    },
    'rejected promise': () => Promise.reject(error),
  })) {
    it(`reaches the app's error handler as a ${kind}`, async () => {
      const kit = await start({}, { onError });
      expect((await kit.post('/sign-in', {})).status).to.equal(599);
      expect(kit.errors).to.deep.equal([error]);
    });

    it(`reaches the app's error handler as a ${kind}, for a refused method too`, async () => {
      const kit = await start({}, { onError });
      expect((await kit.request.put('/auth/sign-in')).status).to.equal(599);
      expect(kit.errors).to.deep.equal([error]);
    });
  }
});

describe('The Hooks type', () => {
  it('accepts only endpoint names as keys and only valid results of a hook', () => {
    const hooks: Hooks = {
      before: {
        signUp: ({ endpoint, body, auth }) => ({
          body: { ...body, seen: endpoint },
          clientMetadata: { user: auth?.sub ?? 'nobody' },
        }),
      },
      response: { getMe: ({ response }) => ({ ...response, plan: 'free' }) },
    };
    // @ts-expect-error there is no such endpoint
    const mistyped: Hooks = { before: { signup: () => undefined } };
    // @ts-expect-error metadata is text
    const wrong: Hooks = { before: { signUp: () => ({ clientMetadata: { user: 1 } }) } };
    expect([hooks, mistyped, wrong]).to.have.lengthOf(3);
  });
});
