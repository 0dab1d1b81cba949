import { expect } from 'chai';
import { BucketEmpty, type Scheduler, TokenBucket } from '../../src/cognito/token-bucket.ts';
import { StopSignal } from '../../src/shared/deadline.ts';

/** A clock that moves when the test says so. */
class Clock implements Scheduler {
  #now = 0;
  readonly #timers: { readonly at: number; run(): void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): void {
    this.#timers.push({ at: this.#now + ms, run });
  }

  /** Runs the timers that are due on the way, in order. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      this.#timers.sort((a, b) => a.at - b.at);
      const [next] = this.#timers;
      if (next === undefined || next.at > end) break;
      this.#timers.shift();
      this.#now = next.at;
      next.run();
      await new Promise(setImmediate);
    }
    this.#now = end;
  }
}

describe('A token bucket', () => {
  let clock: Clock;
  let log: string[];
  const take = (bucket: TokenBucket, name: string, signal?: StopSignal): void => {
    const note = (what: string): void => void log.push(`${name} ${what} at ${clock.now()}`);
    try {
      const waiting = bucket.take(signal);
      if (waiting === undefined) note('goes');
      else
        waiting.then(
          () => note('goes'),
          (error: Error) => note(error.name),
        );
    } catch (error) {
      expect(error).to.be.instanceOf(BucketEmpty);
      note('is refused');
    }
  };

  beforeEach(() => {
    clock = new Clock();
    log = [];
  });

  it('lets as many calls go at once as its rate, and the others a second later, in order', async () => {
    const bucket = new TokenBucket(2, clock);
    for (const name of ['a', 'b', 'c', 'd']) take(bucket, name);
    await clock.pass(5000);
    expect(log).to.deep.equal(['a goes at 0', 'b goes at 0', 'c goes at 1000', 'd goes at 1000']);
  });

  it('has no second with more calls than its rate, however calls arrive', async () => {
    for (const rate of [1, 2.5, 7, 30]) {
      clock = new Clock();
      const bucket = new TokenBucket(rate, clock);
      const sent: number[] = [];
      const arrive = async (): Promise<void> => {
        await bucket.take();
        sent.push(clock.now());
      };
      let seed = 1;
      for (let call = 0; call < 500; call++) {
        arrive().catch(() => undefined);
        await new Promise(setImmediate);
        seed = (seed * 16_807) % 2_147_483_647;
        await clock.pass(seed % 60);
      }
      await clock.pass(5000);
      const most = Math.max(
        ...sent.map((at) => sent.filter((other) => other >= at && other < at + 1000).length),
      );
      expect(most).to.equal(Math.ceil(rate));
      const seconds = ((sent.at(-1) ?? 0) - (sent[0] ?? 0)) / 1000;
      expect(sent.length - Math.ceil(rate)).to.be.at.most(rate * seconds);
    }
  });

  it('refuses a call that would wait more than a second, and says for how long', async () => {
    const bucket = new TokenBucket(1, clock);
    take(bucket, 'a');
    await clock.pass(100);
    take(bucket, 'b');
    expect(() => bucket.take())
      .to.throw(BucketEmpty)
      .with.property('waitMs', 2000);
    await clock.pass(5000);
    expect(log).to.deep.equal(['a goes at 0', 'b goes at 1000']);
  });

  it('lets no call wait with a rate below one per second', async () => {
    const bucket = new TokenBucket(0.5, clock);
    take(bucket, 'a');
    await clock.pass(900);
    expect(() => bucket.take())
      .to.throw(BucketEmpty)
      .with.property('waitMs', 1100);
    await clock.pass(100);
    take(bucket, 'b');
    await clock.pass(5000);
    expect(log).to.deep.equal(['a goes at 0', 'b goes at 2000']);
  });

  it('gives the place of a call whose signal aborts to the next one', async () => {
    const bucket = new TokenBucket(1, clock);
    take(bucket, 'a');
    await clock.pass(100);
    const signal = new StopSignal();
    take(bucket, 'b', signal);
    signal.abort(Object.assign(new Error('gone'), { name: 'Gone' }));
    await clock.pass(1);
    take(bucket, 'c');
    await clock.pass(5000);
    expect(log).to.deep.equal(['a goes at 0', 'b Gone at 101', 'c goes at 1000']);
  });

  it('gives neither a token nor a place to a call whose signal has aborted before', async () => {
    const bucket = new TokenBucket(1, clock);
    const signal = new StopSignal();
    signal.abort(Object.assign(new Error('gone'), { name: 'Gone' }));
    expect(() => bucket.take(signal)).to.throw('gone');
    take(bucket, 'a');
    await clock.pass(100);
    expect(() => bucket.take(signal)).to.throw('gone');
    take(bucket, 'b');
    await clock.pass(5000);
    expect(log).to.deep.equal(['a goes at 0', 'b goes at 1000']);
  });

  it('lets a new call overtake no waiting one, although the timer is late', async () => {
    const late: (() => void)[] = [];
    const now = { at: 0 };
    const bucket = new TokenBucket(1, { now: () => now.at, after: (_ms, run) => void late.push(run) });
    const order: string[] = [];
    expect(bucket.take()).to.equal(undefined);
    void bucket.take()?.then(() => order.push('waiting'));
    now.at = 1500;
    void bucket.take()?.then(() => order.push('new'));
    await new Promise(setImmediate);
    expect(order).to.deep.equal(['waiting']);
    now.at = 2500;
    for (const run of late) run();
    await new Promise(setImmediate);
    expect(order).to.deep.equal(['waiting', 'new']);
  });

  it('spends tokens that are there, and no more than it holds', async () => {
    const bucket = new TokenBucket(3, clock);
    bucket.spend(2);
    take(bucket, 'a');
    take(bucket, 'b');
    bucket.spend(50);
    await clock.pass(500);
    take(bucket, 'c');
    await clock.pass(5000);
    expect(log).to.deep.equal(['a goes at 0', 'b goes at 1000', 'c goes at 1000']);
  });

  it('refuses a waiting call whose token is spent, and keeps the others in order', async () => {
    const bucket = new TokenBucket(2, clock);
    take(bucket, 'a');
    await clock.pass(300);
    take(bucket, 'b');
    await clock.pass(300);
    take(bucket, 'c');
    await clock.pass(200);
    take(bucket, 'd');
    await clock.pass(100);
    bucket.spend(1);
    await new Promise(setImmediate);
    await clock.pass(5000);
    expect(log).to.deep.equal(['a goes at 0', 'b goes at 300', 'd BucketEmpty at 900', 'c goes at 1300']);
  });
});
