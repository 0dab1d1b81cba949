import { type Logger, pino } from 'pino';

/** A logger that records its lines. */
export interface LogCapture {
  readonly logger: Logger;
  /** Returns the raw output. */
  text(): string;
  /** Returns the parsed lines. */
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
