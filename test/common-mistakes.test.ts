import { expect } from 'chai';
import { startLocalUserPool } from '../src/local/local-user-pool.ts';
import { createCognitoRouter } from '../src/router.ts';
import { expectProblem, PASSWORD, startKit } from './support/helpers.ts';
import { captureLog } from './support/log-capture.ts';

const POOL = { userPoolId: 'us-east-1_AbCdEfGhI', clientId: 'abc123' };

describe('A common mistake', () => {
  it('leads to a hint about the path, if endpoint has one', async () => {
    const log = captureLog();
    const pool = await startLocalUserPool();
    const endpoint = `${pool.config.endpoint}/auth`;
    const kit = await startKit({ pool, config: { endpoint, logger: log.logger } });
    try {
      const answer = await kit.post('/sign-in', { email: 'ada@example.com', password: PASSWORD });
      expectProblem(answer, 'operation_not_available');
      expect(log.lines().at(-1)?.hint).to.match(
        /endpoint has no path.*See docs\/customize\.md#another-server-than-aws$/,
      );
    } finally {
      await kit.close();
      await pool.close();
    }
  });

  it('is told the right name, if cookies has the member secure', () => {
    const options = { ...POOL, transport: 'cookie', cookies: { secure: false } };
    expect(() => createCognitoRouter(options as never)).to.throw(/did you mean "dangerouslyAllowHttp"/);
  });

  it('is told the right name, if the option is tokenTransport', () => {
    const options = { ...POOL, tokenTransport: 'cookie' };
    expect(() => createCognitoRouter(options as never)).to.throw(/did you mean "transport"/);
  });

  it('is refused, if a fault has an unknown kind', async () => {
    const pool = await startLocalUserPool();
    try {
      expect(() => pool.faults.inject({ kind: 'quota' } as never)).to.throw(
        TypeError,
        /fault.kind is "quota"; write 'throttle'/,
      );
    } finally {
      await pool.close();
    }
  });
});
