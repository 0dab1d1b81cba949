import { expect } from 'chai';
import { parseClockTolerance } from '../../src/config/clock-tolerance.ts';
import { startKit } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';

/** The hint for a server whose clock is this many seconds ahead of Cognito's. */
async function hintFor(ahead: number): Promise<string> {
  const log = captureLog();
  const kit = await startKit({
    pool: { clock: () => Date.now() - ahead * 1000 },
    config: { logger: log.logger },
  });
  await kit.signUpAndIn();
  await kit.close();
  return String(log.lines().find(({ code }) => code === 'clock_skew')?.hint);
}

describe('The hint about clock skew', () => {
  it('offers a clockToleranceSeconds that the option allows if the clock is a little ahead', async () => {
    const hint = await hintFor(120);
    const [, seconds] = /set clockToleranceSeconds to more than (\d+) until then/.exec(hint) ?? [];
    expect(Number(seconds)).to.be.within(119, 121);
    expect(parseClockTolerance(Number(seconds) + 1)).to.be.above(Number(seconds));
    expect(hint).to.include('synchronize it with NTP');
  });

  it('offers only NTP beyond the maximum of clockToleranceSeconds', async () => {
    for (const ahead of [302, 600]) {
      const hint = await hintFor(ahead);
      expect(hint).to.include('synchronize it with NTP.').and.not.include('clockToleranceSeconds');
    }
  });

  it('offers only NTP if the clock is behind, because no token is refused', async () => {
    const hint = await hintFor(-120);
    expect(hint).to.match(/1(19|20|21) seconds behind Cognito's: synchronize it with NTP\. See/);
  });

  it('names hours for a clock with a wrong time zone', async () => {
    expect(await hintFor(7205)).to.include('(about 2 hours) ahead of');
  });
});

describe('clockToleranceSeconds above 300', () => {
  it('is refused, and the message names NTP', () => {
    expect(() => parseClockTolerance(600)).to.throw(
      TypeError,
      'a larger difference needs a correct clock (NTP)',
    );
  });
});
