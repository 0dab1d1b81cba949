import { type Logger, pino } from 'pino';

/** A logger whose lines are kept. */
export interface LogCapture {
  readonly logger: Logger;
  /** Everything that was written, as it was. */
  text(): string;
  /** The lines, parsed. */
  lines(): Record<string, unknown>[];
  clear(): void;
}

export function captureLog(): LogCapture {
  let written: string[] = [];
  const write = (line: string): void => {
    written.push(line);
  };
  return {
    logger: pino({ level: 'trace' }, { write }),
    text: () => written.join(''),
    lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>),
    clear: () => {
      written = [];
    },
  };
}
