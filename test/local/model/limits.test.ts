import { expect } from 'chai';
import type { LocalUserPoolOptions } from '../../../src/local/local-user-pool.ts';
import { ANA, closeAll, codeFor, outcomeOf, PASSWORD, startLocal } from '../../support/local-sdk.ts';

const MISMATCH = 'CodeMismatchException: Invalid verification code provided, please try again.';

describe('Wrong codes at a local pool', () => {
  afterEach(closeAll);

  /** Guesses at a code, and returns the outcomes and the outcome of the right code after them. */
  async function guess(limits: Required<LocalUserPoolOptions>['limits'], guesses: number): Promise<string[]> {
    const local = await startLocal({ limits });
    const { sdk, ClientId } = local;
    await sdk.signUp({ ClientId, Username: ANA, Password: PASSWORD });
    const right = codeFor(local);
    const wrong = right === '000000' ? '000001' : '000000';
    const outcomes: string[] = [];
    for (const ConfirmationCode of [...Array.from({ length: guesses }, () => wrong), right]) {
      outcomes.push(await outcomeOf(sdk.confirmSignUp({ ClientId, Username: ANA, ConfirmationCode })));
    }
    return outcomes;
  }

  it('make the code useless after ten of them', async () => {
    const outcomes = await guess({ confirmSignUp: 100 }, 11);
    expect(outcomes.slice(0, 10)).to.deep.equal(Array.from({ length: 10 }, () => MISMATCH));
    for (const outcome of outcomes.slice(10)) {
      expect(outcome).to.match(/^TooManyFailedAttemptsException: /);
    }
    expect(outcomes).to.have.lengthOf(12);
  });

  it('leave the code as it is after nine of them', async () => {
    expect((await guess({ confirmSignUp: 100 }, 9)).at(-1)).to.equal('ok');
  });

  it('are not counted without limits', async () => {
    const outcomes = await guess(false, 12);
    expect(outcomes).to.deep.equal([...Array.from({ length: 12 }, () => MISMATCH), 'ok']);
  });
});
