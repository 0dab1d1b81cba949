import { expect } from 'chai';
import { fail, startFakeCognito } from '../support/fake-cognito.ts';
import { expectProblem } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';

describe('Session tracking that is off', () => {
  for (const exception of ['OperationNotEnabledException', 'FeatureUnavailableInTierException']) {
    for (const endpoint of ['listSessions', 'revokeSession'] as const) {
      it(`${endpoint} names session tracking after ${exception}, and the log has a hint (case B15)`, async () => {
        const log = captureLog();
        const fake = await startFakeCognito(fail(exception, 'Not enabled.'));
        const app = fake.app({ logger: log.logger });
        const response = expectProblem(await app.call(endpoint), 'operation_not_available');
        expect(response.body.detail).to.equal('Session tracking is not enabled for the user pool.');
        const [line] = log.lines().filter(({ endpoint: name }) => name === endpoint);
        expect(line?.hint)
          .to.include('session tracking')
          .and.include('docs/sessions.md#the-list-of-sessions');
        await fake.close();
      });
    }
  }

  it('another operation that is not enabled has the general detail', async () => {
    const fake = await startFakeCognito(fail('OperationNotEnabledException', 'Not enabled.'));
    const response = expectProblem(await fake.app().call('getMe'), 'operation_not_available');
    expect(response.body.detail).to.not.include('Session tracking');
    await fake.close();
  });
});
