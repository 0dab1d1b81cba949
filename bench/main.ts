import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Part } from './bench.ts';
import { writeMachine, writeTable } from './docs-page.ts';
import { FULL, QUICK } from './lengths.ts';
import { machine } from './machine.ts';
import { benchAgainst } from './parts/against.ts';
import { benchBundle } from './parts/bundle.ts';
import { benchCallers } from './parts/callers.ts';
import { benchCold } from './parts/cold.ts';
import { benchCompare } from './parts/compare.ts';
import { benchImport } from './parts/import.ts';
import { benchProfile, PROFILES } from './parts/profile.ts';
import { benchRedis } from './parts/redis.ts';
import { benchRequireAuth } from './parts/require-auth.ts';
import { benchSignIn } from './parts/sign-in.ts';
import { startPool } from './pool.ts';
import { print } from './report.ts';

/** Run if no part is named. */
const PARTS: Readonly<Record<string, Part>> = {
  'require-auth': benchRequireAuth,
  'sign-in': benchSignIn,
  redis: benchRedis,
  callers: benchCallers,
  import: benchImport,
  cold: benchCold,
  bundle: benchBundle,
};
const ALL = Object.values(PARTS);

const USAGE = `npm run bench: the CPU time, memory and start of the kit, as ratios that are measured side by side.
It reports and never fails. Beside each ratio stands its null: the baseline measured against itself.

  npm run bench                            every part below; about 12 minutes on an idle machine
  npm run bench -- PART...                 only these: ${Object.keys(PARTS).join(', ')}
  npm run bench -- --quick                 a look, in about a minute; its ratios are noise
  npm run bench -- --markdown              tables in Markdown
  npm run bench -- --docs                  also writes its tables into docs/performance.md
  npm run bench -- --compare               other libraries, which it installs into bench/compare
  npm run bench -- --profile sign-in       where the CPU time goes: ${Object.keys(PROFILES).join(', ')}
  npm run bench -- --against ../older      this checkout against another one that has been built
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    docs: { type: 'boolean', default: false },
    compare: { type: 'boolean', default: false },
    profile: { type: 'string', multiple: true, default: [] },
    against: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

function chosenParts(): readonly Part[] {
  const unknown = positionals.filter((name) => !(name in PARTS));
  if (unknown.length > 0) throw new Error(`There is no part ${unknown.join(', ')}. Try --help.`);
  const named = positionals.flatMap((name) => PARTS[name] ?? []);
  const asked = [
    ...(values.compare ? [benchCompare] : []),
    ...values.profile.map(benchProfile),
    // A profile shows both checkouts itself.
    ...(values.against !== undefined && values.profile.length === 0 ? [benchAgainst] : []),
  ];
  return named.length + asked.length > 0 ? [...named, ...asked] : ALL;
}

async function run(): Promise<void> {
  const startedAt = performance.now();
  const parts = chosenParts();
  const pool = await startPool();
  const lengths = values.quick ? QUICK : FULL;
  const against = values.against === undefined ? undefined : resolve(values.against);
  console.log(machine());
  // The load of another run, which came before, is no load of the machine.
  if (values.docs && parts === ALL) writeMachine(machine());
  for (const part of parts) {
    for await (const table of part({ pool, lengths, against })) {
      print(table, values.markdown ? 'markdown' : 'text');
      if (values.docs) writeTable(table);
    }
  }
  await pool.end();
  console.log(`\n${((performance.now() - startedAt) / 1000).toFixed(0)} seconds`);
}

if (values.docs && values.quick) throw new Error('A quick look is not for the documentation.');
if (values.help) console.log(USAGE);
else await run();
