import { endpointsPage } from './docs-endpoints.ts';
import { errorsPage } from './docs-errors.ts';
import { llmsFull, llmsIndex, pageAt } from './docs-llms.ts';
import { operationsPage } from './docs-operations.ts';
import { optionsPage } from './docs-options.ts';
import { PAGES_WITH_TABLES } from './docs-setup.ts';
import { verifiedPage } from './docs-verified.ts';

/** Every generated document by its path, as the code makes it now. */
export function generatedDocuments(): ReadonlyMap<string, string> {
  const reference = [
    { path: 'docs/reference/endpoints.md', text: endpointsPage() },
    { path: 'docs/reference/errors.md', text: errorsPage() },
    { path: 'docs/reference/options.md', text: optionsPage() },
    { path: 'docs/reference/local-pool-operations.md', text: operationsPage() },
    { path: 'docs/verified.md', text: verifiedPage() },
  ];
  return new Map([
    ...[...reference, ...PAGES_WITH_TABLES.map(pageAt)].map(({ path, text }) => [path, text] as const),
    ['llms.txt', llmsIndex(reference)],
    ['llms-full.txt', llmsFull(reference)],
  ]);
}
