import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** Starts one of the programs beside this file, and resolves with its first message. */
export async function start<Hello>(
  program: string,
  options: object,
  env: NodeJS.ProcessEnv = {},
): Promise<{ child: ChildProcess; hello: Hello }> {
  const child = fork(new URL(program, import.meta.url), [JSON.stringify(options)], {
    env: { ...process.env, NODE_NO_WARNINGS: '1', ...env },
    // Log lines go where they cost the writer, and nobody else.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return { child, hello: await answerOf<Hello>(child) };
}

/** Sends a question to a program and resolves with its answer. */
export function ask<Answer>(child: ChildProcess, question: string): Promise<Answer> {
  const answer = answerOf<Answer>(child);
  child.send(question);
  return answer;
}

export async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** The options that `start` was given, on the other side. */
export function optionsOfChild<Options>(): Options {
  return JSON.parse(process.argv[2] ?? '{}') as Options;
}

/** Also ends this process when the other one ends, however it does. */
export function tellParent(message: object): void {
  if (process.listenerCount('disconnect') === 0) process.on('disconnect', () => process.exit());
  process.send?.(message);
}

async function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  const listening = new AbortController();
  const exit = once(child, 'exit', { signal: listening.signal }).then(([code]) => {
    throw new Error(`A process of the benchmark ended with code ${code}.`);
  });
  exit.catch(() => undefined);
  try {
    const [answer] = (await Promise.race([once(child, 'message', listening), exit])) as [Answer];
    return answer;
  } finally {
    listening.abort();
  }
}
