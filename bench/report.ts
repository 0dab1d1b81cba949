/** A table of results, in words that need no other page. */
export interface Table {
  readonly title: string;
  /** How to read it, in a sentence or two. */
  readonly reading: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export type Format = 'text' | 'markdown';

export function print(table: Table, format: Format): void {
  console.log(format === 'text' ? asText(table) : asMarkdown(table));
}

export function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}

export function micros(cpu: number): string {
  return `${cpu.toFixed(0)} us`;
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

function asMarkdown({ title, reading, head, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column === 0 ? '---' : '--:'));
  return `\n**${title}.** ${reading}\n\n${[head, rule, ...rows].map(line).join('\n')}`;
}
