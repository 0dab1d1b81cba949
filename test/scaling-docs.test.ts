import { readFile, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { OPERATION_CATEGORIES } from '../src/cognito/operation-quotas.ts';
import { QUOTA_CATEGORIES, type QuotaCategory } from '../src/config/cognito-quotas.ts';
import type { Endpoint } from '../src/endpoints/endpoint.ts';
import { ENDPOINTS, MANAGED_LOGIN_ENDPOINTS } from '../src/endpoints/table.ts';
import { startLocalUserPool } from '../src/local/local-user-pool.ts';
import { operationsOf } from '../src/openapi/document.ts';
import { ROOT } from './support/documentation.ts';
import { sdkFor } from './support/local-sdk.ts';

const PAGE = new URL('docs/scaling.md', ROOT);

/** The categories whose quotas AWS sells, as in the developer guide's page of quotas. */
const ADJUSTABLE: readonly QuotaCategory[] = [
  'userAuthentication',
  'userCreation',
  'userRead',
  'userToken',
  'userResourceRead',
];

/** Compares the text between two markers with the source; `UPDATE_DOCS=1` rewrites it. */
async function expectGenerated(name: string, table: string): Promise<void> {
  const section = new RegExp(`(<!-- ${name}: begin -->\n)([\\s\\S]*?)(<!-- ${name}: end -->)`);
  const text = await readFile(PAGE, 'utf8');
  if (process.env.UPDATE_DOCS === '1') {
    await writeFile(
      PAGE,
      text.replace(section, (_all, begin: string, _old, end: string) => `${begin}${table}\n${end}`),
    );
    return;
  }
  expect(section.exec(text)?.[2]?.trim()).to.equal(table.trim());
}

describe('The page "Scaling"', () => {
  it("lists each category with Cognito's quota, its operations and their endpoints", async () => {
    const pool = await startLocalUserPool({ quiet: true });
    const free = async (category: QuotaCategory): Promise<number> => {
      const Category = category.replace(/^u/, 'U');
      const LimitDefinition = { LimitClass: 'API_CATEGORY', Attributes: { Category } } as const;
      const { Limit } = await sdkFor(pool.url).getProvisionedLimit({ LimitDefinition });
      return Limit?.FreeLimitValue ?? Number.NaN;
    };
    const rows = [
      '| category | requests per second | can be raised | operations | endpoints |',
      '|---|---|---|---|---|',
    ];
    for (const category of QUOTA_CATEGORIES) {
      const sold = ADJUSTABLE.includes(category) ? 'yes' : 'no';
      rows.push(`| \`${category}\` | ${await free(category)} | ${sold} | ${listed(category)} |`);
    }
    rows.push(`| not documented | | | ${listed(undefined)} |`);
    await pool.close();
    await expectGenerated('quotas', rows.join('\n'));
  });
});

function listed(category: QuotaCategory | undefined): string {
  const operations = Object.entries(OPERATION_CATEGORIES).flatMap(([name, its]) =>
    its === category ? [name] : [],
  );
  expect(operations).to.not.be.empty;
  const endpoints = [...ENDPOINTS, ...MANAGED_LOGIN_ENDPOINTS].filter((endpoint) =>
    operationsOf(endpoint).some((operation) => operations.includes(operation)),
  );
  return `${operations.map((name) => `\`${name}\``).join(', ')} | ${endpoints.map(nameOf).join(', ')}`;
}

function nameOf({ method, path }: Endpoint): string {
  return method === 'post' ? `\`${path}\`` : `\`${method.toUpperCase()} ${path}\``;
}
