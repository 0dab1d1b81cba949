import { expect } from 'chai';
import type { Fault } from '../../../src/local/http/faults.ts';
import {
  ANA,
  closeAll,
  type Local,
  outcomeOf,
  PASSWORD,
  sdkFor,
  signIn,
  startLocal,
} from '../../support/local-sdk.ts';

describe('Fault injection in the local user pool', () => {
  let local: Local;

  beforeEach(async () => {
    local = await startLocal({ users: [{ username: ANA, password: PASSWORD }] });
  });
  afterEach(closeAll);

  const meeting = (fault: Fault) => {
    local.pool.faults.inject(fault);
    return outcomeOf(signIn(local));
  };

  for (const [kind, outcome] of [
    ['throttle', /^TooManyRequestsException: Rate exceeded/],
    ['limitExceeded', /^LimitExceededException: Attempt limit exceeded/],
    ['internalError', /^InternalErrorException: Something went wrong/],
    ['html', /^SyntaxError: /],
    ['nonJson', /^SyntaxError: /],
    ['reset', /ECONNRESET|socket hang up/],
    ['truncate', /aborted|ECONNRESET/],
    ['status', /^(?!ok)/],
    ['oversized', /^ok$/],
    ['empty', /^ok$/],
  ] as const) {
    it(`makes the SDK end with ${outcome.source} for the fault ${kind}`, async () => {
      expect(await meeting({ kind })).to.match(outcome);
    });
  }

  it('answers 400 for throttling and 500 for an internal error', async () => {
    const status = async (kind: 'throttle' | 'internalError') => {
      local.pool.faults.clear();
      local.pool.faults.inject({ kind });
      return signIn(local).catch((error) => error.$metadata.httpStatusCode);
    };
    expect(await status('throttle')).to.equal(400);
    expect(await status('internalError')).to.equal(500);
  });

  for (const kind of ['hang', 'drip'] as const) {
    it(`never completes the answer of the fault ${kind} until the caller aborts`, async () => {
      local.pool.faults.inject({ kind });
      const { ClientId, sdk } = local;
      const AuthParameters = { USERNAME: ANA, PASSWORD };
      const call = sdk.initiateAuth(
        { ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters },
        { abortSignal: AbortSignal.timeout(200) },
      );
      expect(await outcomeOf(call)).to.match(/abort/i);
    });
  }

  it('sends the correct answer late for the fault delay', async () => {
    const start = performance.now();
    expect(await meeting({ kind: 'delay', ms: 80 })).to.equal('ok');
    expect(performance.now() - start).to.be.above(75);
  });

  it('answers the given status for the fault status, or 503 by default', async () => {
    local.pool.faults.inject({ kind: 'status', times: 1 });
    local.pool.faults.inject({ kind: 'status', status: 418, times: 1 });
    const get = async () =>
      (await fetch(local.pool.url, { method: 'POST', headers: target('GetUser') })).status;
    expect([await get(), await get()]).to.deep.equal([503, 418]);
  });

  it('applies to the given number of calls of the given operations', async () => {
    local.pool.faults.inject({ kind: 'throttle', on: ['InitiateAuth', 'SignUp'], times: 2 });
    const AccessToken = local.pool.tokensFor(ANA).accessToken;
    expect(await outcomeOf(local.sdk.getUser({ AccessToken }))).to.equal('ok');
    const outcomes = [1, 2, 3].map(() => outcomeOf(signIn(local)).then((outcome) => outcome.split(':')[0]));
    expect((await Promise.all(outcomes)).sort()).to.deep.equal([
      'TooManyRequestsException',
      'TooManyRequestsException',
      'ok',
    ]);
  });

  it('applies until the fault is removed', async () => {
    const end = local.pool.faults.inject({ kind: 'throttle' });
    expect(await outcomeOf(signIn(local))).to.match(/^TooManyRequests/);
    expect(await outcomeOf(signIn(local))).to.match(/^TooManyRequests/);
    end();
    expect(await outcomeOf(signIn(local))).to.equal('ok');
    expect(await meeting({ kind: 'throttle' })).to.match(/^TooManyRequests/);
    local.pool.faults.clear();
    expect(await outcomeOf(signIn(local))).to.equal('ok');
  });

  it('runs the operation before it loses the answer if `afterwards` is set', async () => {
    const { sdk, ClientId, pool } = local;
    const signUp = () => outcomeOf(sdk.signUp({ ClientId, Username: 'new@example.com', Password: PASSWORD }));
    pool.faults.inject({ kind: 'reset', on: 'SignUp', times: 1, afterwards: true });
    expect(await signUp()).to.match(/ECONNRESET|socket hang up/);
    expect(await signUp()).to.equal('UsernameExistsException: User already exists');
  });

  it('does not run the operation if `afterwards` is not set', async () => {
    const { sdk, ClientId, pool } = local;
    const signUp = () => outcomeOf(sdk.signUp({ ClientId, Username: 'new@example.com', Password: PASSWORD }));
    pool.faults.inject({ kind: 'reset', on: 'SignUp', times: 1 });
    await signUp();
    expect(await signUp()).to.equal('ok');
  });

  it('leaves the key set alone unless the fault names it', async () => {
    local.pool.faults.inject({ kind: 'html' });
    expect((await fetch(local.pool.jwksUri)).status).to.equal(200);
    const keys = async (fault: Fault) => {
      local.pool.faults.inject({ ...fault, on: 'jwks', times: 1 });
      return fetch(local.pool.jwksUri, { redirect: 'manual', signal: AbortSignal.timeout(2000) });
    };
    expect((await keys({ kind: 'status' })).status).to.equal(503);
    expect(await (await keys({ kind: 'empty' })).json()).to.deep.equal({ keys: [] });
    expect((await (await keys({ kind: 'oversized' })).text()).length).to.be.above(2_000_000);
    const redirect = await keys({ kind: 'redirect', location: 'http://127.0.0.1:1/' });
    expect([redirect.status, redirect.headers.get('location')]).to.deep.equal([302, 'http://127.0.0.1:1/']);
    expect(await outcomeOf(keys({ kind: 'reset' }))).to.match(/fetch failed/);
  });

  it('leaves every attempt of the SDK in the request log, failed ones included', async () => {
    const patient = sdkFor(local.pool.url);
    patient.config.maxAttempts = async () => 3;
    local.pool.faults.inject({ kind: 'throttle', times: 1 });
    await outcomeOf(signIn(local));
    await outcomeOf(signIn(local, ANA, 'Wr0ng-password'));
    await fetch(local.pool.jwksUri);
    const { requests } = local.pool;
    expect(requests.count('InitiateAuth')).to.equal(2);
    expect(requests.count('jwks')).to.equal(1);
    expect(requests.count()).to.equal(3);
    expect(requests.list().map(({ name, error }) => [name, error])).to.deep.equal([
      ['InitiateAuth', undefined],
      ['InitiateAuth', 'NotAuthorizedException'],
      ['jwks', undefined],
    ]);
    requests.clear();
    expect(requests.count()).to.equal(0);
  });
});

function target(operation: string): Record<string, string> {
  return { 'x-amz-target': `AWSCognitoIdentityProviderService.${operation}` };
}
