import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { hashFileFault, hashFileHas } from '../../src/shared/hash-file.ts';

const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex').toUpperCase();
const words = (count: number): string[] => Array.from({ length: count }, (_, index) => `word ${index}`);

describe('A file of password hashes', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'hash-file-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  function write(lines: readonly string[], end = '\n'): string {
    const path = join(folder, 'hashes.txt');
    writeFileSync(path, lines.map((line) => line + end).join(''));
    return path;
  }
  const rejection = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'none',
      (error: Error) => error.name,
    );

  for (const [title, line, end] of [
    ['HASH lines', (hash: string) => hash, '\n'],
    [
      'HASH:count lines of different lengths',
      (hash: string, index: number) => `${hash}:${10 ** (index % 9)}`,
      '\n',
    ],
    ['HASH:count lines that end with CRLF', (hash: string) => `${hash}:1`, '\r\n'],
    ['lower-case hashes', (hash: string) => hash.toLowerCase(), '\n'],
  ] as const) {
    it(`a search finds every one of 1000 ${title}, and no other word`, async () => {
      const path = write(words(1000).map(sha1).sort().map(line), end);
      for (const word of words(1000)) expect(await hashFileHas(path, word), word).to.equal(true);
      for (const word of words(300)) expect(await hashFileHas(path, `no ${word}`), word).to.equal(false);
      expect(hashFileFault(path)).to.equal(undefined);
    });
  }

  it('a search finds the first and the last line, with and without a final line break', async () => {
    for (const count of [1, 2, 500]) {
      for (const end of ['\n', '']) {
        const hashes = words(count).map(sha1).sort();
        const path = join(folder, 'ends.txt');
        writeFileSync(path, hashes.join('\n') + end);
        for (const word of words(count)) expect(await hashFileHas(path, word)).to.equal(true);
        expect(await hashFileHas(path, 'another')).to.equal(false);
      }
    }
  });

  it('a search of a missing, an empty or another file rejects', async () => {
    expect(await rejection(hashFileHas(join(folder, 'none'), 'x'))).to.equal('Error');
    expect(await rejection(hashFileHas(write([]), 'x'))).to.equal('TypeError');
    const other = write(Array.from({ length: 5000 }, () => 'a line of text'));
    expect(await rejection(hashFileHas(other, 'x'))).to.equal('TypeError');
    expect(await rejection(hashFileHas(write(['one', 'two', 'three']), 'x'))).to.equal('TypeError');
    expect(await rejection(hashFileHas(write(['x'.repeat(20_000)]), 'x'))).to.equal('TypeError');
  });

  it('a file that cannot be searched has a fault', () => {
    const sorted = words(500).map(sha1).sort();
    expect(hashFileFault(join(folder, 'none'))).to.equal('cannot be read (ENOENT)');
    expect(hashFileFault(folder)).to.equal('cannot be read (EISDIR)');
    expect(hashFileFault(write([]))).to.equal('has other lines than SHA-1 hashes');
    expect(hashFileFault(write(['123456', ...sorted]))).to.equal('has other lines than SHA-1 hashes');
    expect(hashFileFault(write(sorted.map((hash) => hash.slice(8))))).to.equal(
      'has other lines than SHA-1 hashes',
    );
    expect(hashFileFault(write([...sorted].reverse()))).to.equal('is not sorted by hash');
    expect(hashFileFault(write(sorted))).to.equal(undefined);
  });
});
