import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedDocuments } from './docs-all.ts';
import { ROOT } from './docs-source.ts';

/** `npm run docs`: writes the documents that are generated from the code. They are checked in, and a test compares them. */

for (const [path, text] of generatedDocuments()) {
  const file = join(ROOT, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
