import type { ServerState } from '../model/pool.ts';
import type { Operation } from './operation.ts';

/** The limitations of which a server has warned. The map of pools stands for the server, whose state is copied by region. */
const warned = new WeakMap<ServerState['pools'], Set<string>>();

/** Adds a limitation to an operation: a sentence in the generated page. */
export function limited(limitation: string, operation: Operation): Operation {
  return { ...operation, limitation };
}

/** Adds a limitation to an operation for settings, and warns of it once if such a setting is made. */
export function withoutEffect(
  limitation: string,
  operation: Operation,
  /** The members without effect. Default: all. */
  members?: readonly string[],
): Operation {
  return {
    ...operation,
    limitation,
    async run(service, body) {
      const answer = await operation.run(service, body);
      if (!members || Object.keys(body as object).some((name) => members.includes(name))) {
        warnOnce(service, limitation);
      }
      return answer;
    },
  };
}

function warnOnce({ pools }: ServerState, limitation: string): void {
  const known = warned.get(pools) ?? new Set();
  if (known.has(limitation)) return;
  warned.set(pools, known.add(limitation));
  process.emitWarning(
    `The local user pool keeps and returns this setting. ${limitation} See docs/local-user-pool.md#settings-without-effect`,
    { code: 'COGNITO_KIT_LOCAL_SETTING' },
  );
}
