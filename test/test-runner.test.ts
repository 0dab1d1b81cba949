import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

describe('npm test', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'test-runner-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** Runs a test file with this text. */
  async function run(text: string): Promise<{ succeeds: boolean; lastLine: string | undefined }> {
    const file = join(folder, 'sample.test.ts');
    await writeFile(file, text);
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        ['--import', 'tsx', 'scripts/test.ts', file],
        { cwd: ROOT },
        (error, stdout) =>
          resolve({ succeeds: error === null, lastLine: stdout.trimEnd().split('\n').at(-1) }),
      );
    });
  }

  const counts = (text: string): string => `Node ${process.versions.node}: ${text}`;

  it('succeeds if every test passes, and counts skipped tests separately', async () => {
    const { succeeds, lastLine } = await run("it('passes', () => {}); it.skip('is skipped', () => {});");
    expect(lastLine).to.equal(counts('1 passed, 0 failed, 1 skipped'));
    expect(succeeds).to.equal(true);
  });

  const FAULTS: Readonly<Record<string, readonly [text: string, counted: string]>> = {
    'if a test fails': ["it('fails', () => { throw new Error('a fault'); });", '0 passed, 1 failed'],
    'if no test runs': ['export {};', '0 passed, 0 failed'],
    'if a test is marked as it.only': ["it.only('is alone', () => {});", '0 passed, 1 failed'],
    'if a file does not load': ["throw new Error('a fault');", '0 passed, 1 failed'],
    'if the process exits before its tests end': ["it('ends', () => process.exit(0));", '0 passed, 1 failed'],
    'if the process crashes after its tests': [
      "it('passes', () => { setTimeout(() => { throw new Error('a fault'); }, 50); });",
      '1 passed, 1 failed',
    ],
    'if a rejection is unhandled': [
      "it('rejects', () => { void Promise.reject(new Error('a fault')); });",
      '1 passed, 1 failed',
    ],
    'if listeners leak': [
      "it('listens', () => { for (let i = 0; i < 11; i++) process.on('SIGUSR2', () => {}); });",
      '1 passed, 1 failed',
    ],
  };
  for (const [condition, [text, counted]] of Object.entries(FAULTS)) {
    it(`fails ${condition}`, async () => {
      const { succeeds, lastLine } = await run(text);
      expect(lastLine).to.equal(counts(`${counted}, 0 skipped`));
      expect(succeeds).to.equal(false);
    });
  }
});
