import { ask, end, start } from './child.ts';
import type { PoolConfig } from './contenders/contender.ts';
import { answerOfSignIn } from './inputs.ts';
import type { PoolFacts } from './user-pool.ts';

/** The user pool's process. */
export interface Pool {
  readonly facts: PoolFacts;
  accessTokens(count: number): Promise<readonly string[]>;
  end(): Promise<void>;
}

export async function startPool(): Promise<Pool> {
  const { child, hello } = await start<PoolFacts>('user-pool.js', {});
  return {
    facts: hello,
    accessTokens: (count) => ask(child, String(count)),
    end: () => end(child),
  };
}

/** Runs with a Cognito in a process of its own that answers sign-ins alone. */
export async function withRecordedCognito<Result>(
  { facts }: Pool,
  delayMs: number,
  work: (config: PoolConfig) => Promise<Result>,
): Promise<Result> {
  const answer = await answerOfSignIn(facts);
  const { child, hello } = await start<{ endpoint: string }>('recorded-cognito.js', { delayMs, answer });
  try {
    return await work({ ...facts.config, endpoint: hello.endpoint });
  } finally {
    await end(child);
  }
}
