import { expect } from 'chai';
import { expectProblem, type Kit, PASSWORD, startKit } from '../support/helpers.ts';

const LONG = 'must have 15 digits at most, the country code included';
const SHORT = 'must have 5 digits at least, the country code included';
const ONE_NUMBER = 'must be one number: digits after the +, without letters or an extension';

/** Phone numbers with a country code, and what is wrong with each. */
const WRONG: readonly (readonly [phoneNumber: string, message: string])[] = [
  ['+4420794609581234', LONG],
  ['+44 (0)20 7946 0958 1234 5', LONG],
  [`+1${'5'.repeat(40)}`, LONG],
  ['+4420', SHORT],
  ['+1', SHORT],
  ['+44 20 7946 0958 ext. 5', ONE_NUMBER],
  ['+1 800 FLOWERS', ONE_NUMBER],
  ['+44 20 7946 0958, +44 20 7946 0959', ONE_NUMBER],
  ['+44 20 7946 0958 / +44 20 7946 0959', ONE_NUMBER],
];

describe('A phone number that E.164 does not allow', () => {
  let kit: Kit;
  before(async () => {
    kit = await startKit();
  });
  after(() => kit.close());

  for (const [phoneNumber, message] of WRONG) {
    it(`is refused with its fault: ${phoneNumber}`, async () => {
      const body = { email: 'ada@example.com', password: PASSWORD, phoneNumber };
      const { body: refusal } = expectProblem(await kit.post('/sign-up', body), 'validation_failed');
      expect(refusal.errors).to.deep.equal([{ path: '/phoneNumber', message }]);
    });
  }

  it('is not refused with 15 digits', async () => {
    const body = { email: 'ada@example.com', password: PASSWORD, phoneNumber: '+442079460958123' };
    expect((await kit.post('/sign-up', body)).status).to.equal(200);
  });
});
