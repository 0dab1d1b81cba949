/** A table of results, in words that need no other page. */
export interface Table {
  /** Its name in `docs/performance.md`. */
  readonly id: string;
  readonly title: string;
  /** How to read it, in a sentence or two. */
  readonly reading: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export type Format = 'text' | 'markdown';

export function print(table: Table, format: Format): void {
  if (format === 'text') console.log(asText(table));
  else console.log(`\n**${table.title}.** ${table.reading}\n\n${markdownRows(table)}`);
}

export function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}

export function micros(cpu: number): string {
  return `${cpu.toFixed(0)} µs`;
}

function asText({ title, reading, head, rows }: Table): string {
  const widths = head.map((cell, column) =>
    Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ');
  return `\n${title}\n${reading}\n\n${[head, ...rows].map(line).join('\n')}`;
}

/** The table alone, as a Markdown table. */
export function markdownRows({ head, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column === 0 ? '---' : '--:'));
  return [head, rule, ...rows].map(line).join('\n');
}
