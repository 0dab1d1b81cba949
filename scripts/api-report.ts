import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiReports } from './api-report-files.ts';
import { ROOT } from './docs-source.ts';

/** `npm run api-report`: writes the public types of every entry point to `api/`. */

mkdirSync(join(ROOT, 'api'), { recursive: true });
for (const [path, text] of apiReports()) writeFileSync(join(ROOT, path), text);
