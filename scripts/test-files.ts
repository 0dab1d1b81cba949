import { readdirSync } from 'node:fs';

/** Returns the test files, without those of the consumers' projects, which run there. */
export function testFiles(): string[] {
  const names = readdirSync(new URL('../test/', import.meta.url), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.test.ts') && !name.startsWith('consumers'))
    .map((name) => `test/${name}`);
}
