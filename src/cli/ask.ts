import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import { Cancelled } from './cancelled.ts';

/** A question on the terminal. */
export interface Question {
  readonly text: string;
  /** Taken for an empty line. */
  readonly fallback: string;
  /** Returns the reason why an answer is invalid. The question is then repeated. */
  problemOf?(answer: string): string | undefined;
}

/** Asks questions, one at a time. */
export interface Asker {
  ask(question: Question): Promise<string>;
  close(): void;
}

/** Returns an asker that reads lines of `input`, and writes to `output`. Ctrl+C and the end of the input throw `Cancelled`. */
export function createAsker({
  input,
  output,
}: {
  readonly input: Readable;
  readonly output: Writable;
}): Asker {
  const lines = createInterface({ input, output, terminal: 'isTTY' in input && input.isTTY === true });
  const stopped = new AbortController();
  lines.on('SIGINT', () => stopped.abort());
  lines.on('close', () => stopped.abort());
  return {
    async ask({ text, fallback, problemOf }) {
      for (;;) {
        if (stopped.signal.aborted) throw new Cancelled();
        const line = await lines
          .question(`${text} [${fallback === '' ? 'none' : fallback}]: `, { signal: stopped.signal })
          .catch(() => {
            // The message does not belong to the line of the question.
            output.write('\n');
            throw new Cancelled();
          });
        const answer = line.trim() || fallback;
        const problem = problemOf?.(answer);
        if (problem === undefined) return answer;
        output.write(`${problem}\n`);
      }
    },
    close: () => lines.close(),
  };
}
