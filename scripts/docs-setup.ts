import { ALL_CHECKS } from '../src/doctor/diagnose.ts';
import { type Resource, reasonOf } from '../src/setup/setting.ts';
import { SETTINGS } from '../src/setup/settings.ts';
import { code, table } from './docs-markdown.ts';

/** The tables of written pages that derive from the settings of a good user pool and from the doctor's checks. */
const TABLES: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  'docs/user-pool-setup.md': {
    '## The user pool': () => settingsTable('userPool', 'mfaConfig'),
    '## The app client': () => settingsTable('appClient', 'domain', 'branding'),
  },
  'docs/doctor.md': { '## Findings': checksTable },
};

/** The pages that have such a table. */
export const PAGES_WITH_TABLES: readonly string[] = Object.keys(TABLES);

/** Returns the text of a page with the first table below each heading as the code has it now. */
export function withTables(path: string, text: string): string {
  return Object.entries(TABLES[path] ?? {}).reduce((page, [heading, write]) => {
    const from = page.indexOf('\n|', page.indexOf(`\n${heading}\n`)) + 1;
    const [old = ''] = /^(?:\|.*\n)+/.exec(page.slice(from)) ?? [];
    if (old === '') throw new Error(`${path} has no table below "${heading}".`);
    return `${page.slice(0, from)}${write()}\n${page.slice(from + old.length)}`;
  }, text);
}

function settingsTable(...resources: readonly Resource[]): string {
  const settings = resources.flatMap((resource) => SETTINGS.filter((each) => each.resource === resource));
  return table(
    ['where', 'choose', 'why'],
    settings.map((setting) => [setting.console, setting.choose, reasonOf(setting)]),
  );
}

function checksTable(): string {
  return table(
    ['finding', 'severity', 'why it matters'],
    ALL_CHECKS.map(({ id, severity, why }) => [code(id), severity, why]),
  );
}
