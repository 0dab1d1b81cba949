import { expect } from 'chai';
import type { BeforeHookContext, Hooks, ResponseHookContext } from '../../src/config/hooks.ts';
import type { Config } from '../../src/config/options.ts';
import { createCognitoRouter } from '../../src/router.ts';
import { type FakeCognito, startFakeCognito } from '../support/fake-cognito.ts';
import { expectProblem, expectStatus } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';

const TOKEN = 'captcha-token-1';
const POOL = { userPoolId: 'us-east-1_AbCdEfGhI', clientId: '1example23456789' };

describe('The option extraFields', () => {
  let cognito: FakeCognito;
  let seen: BeforeHookContext[];
  let later: ResponseHookContext[];

  beforeEach(async () => {
    cognito = await startFakeCognito();
    seen = [];
    later = [];
  });
  afterEach(() => cognito.close());

  const hooks: Hooks = {
    before: {
      signUp: (context) => {
        seen.push(context);
      },
      respondToChallenge: (context) => {
        seen.push(context);
      },
    },
    response: {
      signUp: (context) => {
        later.push(context);
      },
    },
  };

  it('passes the fields to both hooks and nothing of them to Cognito or the log', async () => {
    const log = captureLog();
    const app = cognito.app({
      extraFields: { signUp: ['captchaToken', 'inviteCode'] },
      allowedClientMetadata: ['campaign'],
      logger: log.logger,
      hooks,
    });
    expectStatus(
      await app.anonymous('signUp', { captchaToken: TOKEN, clientMetadata: { campaign: 'x' } }),
      200,
    );
    expect(seen[0]?.body).to.include({ captchaToken: TOKEN, email: 'ada@example.com' });
    expect(later[0]?.body).to.include({ captchaToken: TOKEN });
    const [request] = cognito.requests;
    expect(request?.input.ClientMetadata).to.deep.equal({ campaign: 'x' });
    expect(JSON.stringify(cognito.requests)).to.not.include(TOKEN);
    expect(log.text()).to.include('signUp').and.not.include(TOKEN);
  });

  it('sends no field to Cognito that a before hook returns in its body', async () => {
    const app = cognito.app({
      extraFields: { signUp: ['captchaToken'] },
      hooks: { before: { signUp: ({ body }) => ({ body: { ...body } }) } },
    });
    expectStatus(await app.anonymous('signUp', { captchaToken: TOKEN }), 200);
    expect(JSON.stringify(cognito.requests)).to.not.include(TOKEN);
  });

  it('adds the fields to every challenge', async () => {
    const app = cognito.app({ extraFields: { respondToChallenge: ['trust-token'] }, hooks });
    await app.anonymous('respondToChallenge', { 'trust-token': TOKEN });
    expect(seen[0]?.body).to.include({ 'trust-token': TOKEN });
    expect(JSON.stringify(cognito.requests)).to.not.include(TOKEN);
  });

  it('refuses a field that is too long, of another type or missing, by its name and without its value', async () => {
    const app = cognito.app({
      extraFields: {
        signUp: {
          'h-captcha-response': { required: true },
          code2: { maxLength: 4 },
          accepted: { type: 'boolean' },
          seats: { type: 'number' },
        },
      },
    });
    const answer = await app.anonymous('signUp', { code2: 'secret', accepted: 'yes', seats: '2' });
    expectProblem(answer, 'validation_failed');
    expect(answer.body.errors).to.deep.equal([
      { path: '/h-captcha-response', message: 'is required' },
      { path: '/code2', message: 'must be at most 4 characters long' },
      { path: '/accepted', message: 'must be true or false' },
      { path: '/seats', message: 'must be a number' },
    ]);
    expect(cognito.requests).to.deep.equal([]);
  });

  it('bounds a field at 4096 characters by default, and refuses it at other endpoints', async () => {
    const app = cognito.app({ extraFields: { signUp: ['captchaToken'] } });
    expectStatus(await app.anonymous('signUp', { captchaToken: 'x'.repeat(4096) }), 200);
    expectProblem(await app.anonymous('signUp', { captchaToken: 'x'.repeat(4097) }), 'validation_failed');
    expectProblem(await app.anonymous('signIn', { captchaToken: TOKEN }), 'validation_failed');
  });

  it('shows the fields in the OpenAPI document', async () => {
    const app = cognito.app({
      extraFields: {
        signUp: { inviteCode: { maxLength: 40, required: true } },
        respondToChallenge: ['hint'],
      },
    });
    const { body } = expectStatus(await app.anonymous('openapi'), 200);
    const content = body.paths['/sign-up'].post.requestBody.content['application/json'];
    expect(content.schema.properties.inviteCode).to.include({ type: 'string', maxLength: 40 });
    expect(content.schema.required).to.include('inviteCode');
    expect(content.example).to.have.property('inviteCode');
    const challenge = body.components.schemas['respondToChallenge.SMS_MFA'];
    expect(challenge.properties).to.have.property('hint');
  });

  const wrong: readonly [fields: unknown, message: string][] = [
    [['captchaToken'], 'write lists of names'],
    [{ signUp: 'captchaToken' }, 'write lists of names'],
    [{ register: ['captchaToken'] }, 'has no option "register"'],
    [{ signUp: ['captcha token'] }, 'start with a letter'],
    [{ signUp: ['__proto__'] }, 'start with a letter'],
    [{ signUp: { code: { maxLength: 0 } } }, 'from 1 to 8192'],
    [{ signUp: { code: { maxLength: 8193 } } }, 'from 1 to 8192'],
    [{ signUp: { code: { type: 'object' } } }, "write 'string', 'boolean' or 'number'"],
    [{ signUp: { code: { required: 1 } } }, 'write true or false'],
    [{ signUp: { code: { max: 4 } } }, 'has no option "max"'],
    [{ signUp: { code: true } }, 'write { type, maxLength, required }'],
    [{ signUp: ['username'] }, '"username", which is a field of the kit'],
    [{ signUp: ['clientMetadata'] }, '"clientMetadata", which is a field of the kit'],
    [{ signUp: ['session'] }, '"session", which is a field of the kit'],
    [{ confirmSignUp: ['transport'] }, '"transport", which is a field of the kit'],
    [{ signIn: ['preferredChallenge'] }, '"preferredChallenge", which is a field of the kit'],
    [{ respondToChallenge: ['confirmationCode'] }, '"confirmationCode", which is a field of the kit'],
    [{ getMe: ['captchaToken'] }, 'getMe takes no body'],
    [{ startManagedLogin: ['captchaToken'] }, 'startManagedLogin takes no body'],
  ];
  for (const [extraFields, message] of wrong) {
    it(`throws at the start for ${JSON.stringify(extraFields)}`, () => {
      const options = { ...POOL, extraFields } as unknown as Config;
      expect(() => createCognitoRouter(options)).to.throw(TypeError, message);
    });
  }
});
