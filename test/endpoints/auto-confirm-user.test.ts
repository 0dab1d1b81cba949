import { expect } from 'chai';
import type { Config } from '../../src/config/options.ts';
import type { PoolSettings } from '../../src/local/index.ts';
import type { Triggers } from '../../src/local/model/triggers.ts';
import {
  expectProblem,
  expectStatus,
  type Kit,
  OTHER_PASSWORD,
  PASSWORD,
  startKit,
} from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';

const CONFIRMS: Triggers = {
  preSignUp: (event) => ({ ...event, response: { autoConfirmUser: true } }),
};

describe('The option autoConfirmUser', () => {
  const log = captureLog();
  const kits: Kit[] = [];

  beforeEach(() => log.clear());
  after(() => Promise.all(kits.map((kit) => kit.close())));

  async function start(triggers: Triggers, config: Config, pool: PoolSettings = {}): Promise<Kit> {
    const kit = await startKit({ pool: { triggers, pool }, config: { logger: log.logger, ...config } });
    kits.push(kit);
    return kit;
  }

  it('lets a page continue with the sign-in, and shows no difference for an existing account (case B2)', async () => {
    const kit = await start(CONFIRMS, { autoConfirmUser: true });
    const email = 'ada@example.com';
    const made = expectStatus(await kit.post('/sign-up', { email, password: PASSWORD }), 200);
    expectStatus(await kit.post('/sign-in', { email, password: PASSWORD }), 200);
    const again = expectStatus(await kit.post('/sign-up', { email, password: OTHER_PASSWORD }), 200);
    expect(made.body.status).to.equal('confirmed');
    expect(Object.keys(again.body)).to.deep.equal(Object.keys(made.body));
    expect(again.body.status).to.equal('confirmed');
    expectProblem(await kit.post('/sign-in', { email, password: OTHER_PASSWORD }), 'invalid_credentials');
    expect(log.lines().map(({ hint }) => hint)).to.deep.equal([undefined, undefined, undefined, undefined]);
  });

  it('is named by a hint if a trigger confirms and the option is not set (case B2)', async () => {
    const kit = await start(CONFIRMS, {});
    const { body } = await kit.post('/sign-up', { email: 'ada@example.com', password: PASSWORD });
    expect(body.status).to.equal('confirmation_required');
    expect(log.lines()[0]).to.include({ level: 40, status: 200, code: 'ok' });
    expect(log.lines()[0]?.hint).to.include('set autoConfirmUser');
  });

  it('is named by a hint if it is set and no trigger confirms (case B2)', async () => {
    const kit = await start({}, { autoConfirmUser: true });
    await kit.post('/sign-up', { email: 'ada@example.com', password: PASSWORD });
    expect(log.lines()[0]?.hint).to.include('did not confirm the account');
  });

  it('is not needed without concealUserExistence, where the answer is that of Cognito (case B2)', async () => {
    const kit = await start(CONFIRMS, { concealUserExistence: false });
    const { body } = await kit.post('/sign-up', { email: 'ada@example.com', password: PASSWORD });
    expect(body.status).to.equal('confirmed');
    expect(log.lines()[0]?.hint).to.equal(undefined);
  });

  it('does not hide from the log that a pool sends no codes at all (case B2)', async () => {
    const kit = await start({}, {}, { AutoVerifiedAttributes: [] });
    await kit.post('/sign-up', { email: 'ada@example.com', password: PASSWORD });
    expect(log.lines()[0]?.hint).to.include('sent no code');
  });

  it('leaves the log of a sign-up with a code without a hint (case B2)', async () => {
    const kit = await start({}, {});
    await kit.post('/sign-up', { email: 'ada@example.com', password: PASSWORD });
    expect(log.lines()[0]).to.not.have.property('hint');
  });
});
