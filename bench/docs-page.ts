import { readFileSync, writeFileSync } from 'node:fs';
import { markdownRows, type Table } from './report.ts';

const PAGE = new URL('../../docs/performance.md', import.meta.url);

/** Writes a table into `docs/performance.md`, if the page has a place for it. */
export function writeTable(table: Table): void {
  write(table.id, markdownRows(table));
}

/** Writes the machine and the day of a run. */
export function writeMachine(machine: string): void {
  write('machine', `${machine}, ${new Date().toISOString().slice(0, 10)}.`);
}

function write(id: string, text: string): void {
  const page = readFileSync(PAGE, 'utf8');
  const place = new RegExp(`(<!-- bench ${id}: begin -->\\n)[\\s\\S]*?(<!-- bench ${id}: end -->)`);
  writeFileSync(
    PAGE,
    page.replace(place, (_all, begin: string, end: string) => `${begin}${text}\n${end}`),
  );
}
