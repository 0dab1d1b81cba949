import { readFile, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { OPERATION_CATEGORIES } from '../src/cognito/operation-quotas.ts';
import { QUOTA_CATEGORIES, type QuotaCategory } from '../src/config/cognito-quotas.ts';
import type { Endpoint } from '../src/endpoints/endpoint.ts';
import { ALL_ENDPOINTS } from '../src/endpoints/table.ts';
import { startLocalUserPool } from '../src/local/local-user-pool.ts';
import { operationsOf } from '../src/openapi/document.ts';
import { ROOT, tableRows } from './support/documentation.ts';
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

  it('computes both examples from its assumptions and its measured CPU times', async () => {
    const text = await readFile(PAGE, 'utf8');
    const cpuMs = Object.fromEntries(
      tableRows(text, '### Measured').map(([name, , ms]) => [name, Number(ms)]),
    );
    const commands = Object.fromEntries(
      tableRows(text, '### Commands for each request').map(([name, count]) => [name, Number(count)]),
    );
    const examples = [1e6, 50e6].map((users) => exampleOf(users, cpuMs, commands));
    const names = Object.keys(examples[0] ?? {});
    const rows = names.map((name) => `| ${name} | ${examples.map((example) => example[name]).join(' | ')} |`);
    await expectGenerated(
      'examples',
      ['| at the peak, each second | 1 million | 50 million |', '|---|---|---|', ...rows].join('\n'),
    );
  });
});

const MONTH_SECONDS = 2_592_000;
const PEAK = 5;
const SIGN_INS = 4;
const HOURS = 10;
const REQUESTS_PER_HOUR = 60;
const SIGN_UPS = 0.05;
const FREE_RATE = 120;
const DOLLARS = 20;
const BUSY = 0.5;
const RECORD_SECONDS = 21_600;
const RECORD_BYTES = 3300;

type Numbers = Readonly<Record<string, number>>;

function exampleOf(users: number, cpuMs: Numbers, commands: Numbers): Record<string, string> {
  const peak = (perMonth: number): number => (perMonth / MONTH_SECONDS) * PEAK;
  const signIns = peak(users * SIGN_INS);
  const refreshes = peak(users * HOURS);
  const requests = peak(users * HOURS * REQUESTS_PER_HOUR);
  const rate = signIns + refreshes;
  const costOf = (perSecond: number): string =>
    count(Math.max(0, Math.ceil(perSecond) - FREE_RATE) * DOLLARS);
  const measured = (name: string, from: Numbers): number => from[name] ?? Number.NaN;
  const cores =
    (signIns * measured('sign-in', cpuMs) +
      refreshes * measured('refresh, with rotation', cpuMs) +
      requests * measured('`requireAuth`', cpuMs)) /
    1000;
  const redis =
    signIns * measured('`/sign-in`', commands) +
    refreshes * measured('`/refresh`', commands) +
    requests * measured('`requireAuth`', commands);
  return {
    'sign-ins': count(signIns),
    refreshes: count(refreshes),
    '`userAuthentication`, of 120': count(rate),
    'the same with tokens of 5 minutes': count(signIns + refreshes * 12),
    'the same with tokens of 4 hours': count(signIns + refreshes / 4),
    'dollars a month for a higher quota, at 20 for each request a second': costOf(rate),
    'the same with tokens of 4 hours, in dollars': costOf(signIns + refreshes / 4),
    '`userCreation`, of 50: two calls for a sign-up': count(peak(users * SIGN_UPS) * 2),
    'protected requests': count(requests),
    'busy cores': cores.toFixed(1),
    'instances, half busy, and two at least': count(Math.max(2, Math.ceil(cores / BUSY))),
    'commands to Redis': count(redis),
    'memory of Redis, if the peak lasts for 6 hours': `${((refreshes * RECORD_SECONDS * RECORD_BYTES) / 1e9).toFixed(1)} GB`,
  };
}

function count(value: number): string {
  return value < 10 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value).toLocaleString('en');
}

function listed(category: QuotaCategory | undefined): string {
  const operations = Object.entries(OPERATION_CATEGORIES).flatMap(([name, its]) =>
    its === category ? [name] : [],
  );
  expect(operations).to.not.be.empty;
  const endpoints = ALL_ENDPOINTS.filter((endpoint) =>
    operationsOf(endpoint).some((operation) => operations.includes(operation)),
  );
  return `${operations.map((name) => `\`${name}\``).join(', ')} | ${endpoints.map(nameOf).join(', ')}`;
}

function nameOf({ method, path }: Endpoint): string {
  return method === 'post' ? `\`${path}\`` : `\`${method.toUpperCase()} ${path}\``;
}
