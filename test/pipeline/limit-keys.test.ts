import { expect } from 'chai';
import type { Request, Response } from 'express';
import { parseConfig } from '../../src/config/settings.ts';
import { MemoryStore } from '../../src/pipeline/memory-store.ts';
import { createRateLimits } from '../../src/pipeline/rate-limits.ts';

describe('The keys of the limits in memory', () => {
  it('are short, whatever names and sessions clients choose (case C11)', async () => {
    const keys: string[] = [];
    const { increment } = MemoryStore.prototype;
    MemoryStore.prototype.increment = function counted(key) {
      keys.push(key);
      return increment.call(this, key);
    };
    try {
      const settings = parseConfig({ userPoolId: 'us-east-1_AbCdEfGhI', clientId: 'abc' }, {});
      const silent = { hit: () => undefined, storeFailed: () => undefined, misused: () => undefined };
      const limits = createRateLimits(settings, silent);
      const req = { ip: '192.0.2.1', headers: {}, app: { get: () => false } } as unknown as Request;
      const res = { append: () => undefined, setHeader: () => undefined } as unknown as Response;
      // Each of them is 18 characters in NFKC.
      const counts = limits.of('signIn', req, res);
      counts.addAccounts('signIn', ['\ufdfa'.repeat(128)]);
      counts.addAccounts('signIn', ['ada@example.com']);
      counts.addAttempt('x'.repeat(4096));
      await counts.count();
      await counts.countAddress('signIn');
      limits.close();
    } finally {
      MemoryStore.prototype.increment = increment;
    }
    expect(keys).to.have.length(4);
    for (const key of keys) expect(key.length).to.be.lessThan(64);
    expect(keys.join()).to.not.include('ada');
  });
});
