import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { isLoopback } from '../config/loopback.ts';
import type { LocalSeed } from '../local/seed/seed.ts';
import type { Variable } from '../scaffold/env-file.ts';
import { LOCAL_PORT, localSeed, SEED_FILE, STATE_FILE } from '../scaffold/local-seed.ts';
import type { SetupAnswers } from '../setup/answers.ts';
import type { Folder } from './init-folder.ts';
import type { PoolPlan } from './init-plan.ts';

const PORTS = 20;

/** Returns the id of the user pool on this machine: that of an earlier run, or one in the region. */
export function localPoolId({ variables }: Folder, region = 'us-east-1'): string {
  const { COGNITO_USER_POOL_ID: known } = variables;
  return known !== undefined && isOnThisMachine(variables) ? known : `${region}_LocalPool`;
}

function isOnThisMachine({ COGNITO_ENDPOINT: endpoint }: Folder['variables']): boolean {
  return endpoint !== undefined && URL.canParse(endpoint) && isLoopback(new URL(endpoint));
}

/** Returns the plan of a user pool on this machine. A file of variables for such a pool decides its ids, port and secret. */
export async function localPool(
  answers: SetupAnswers,
  folder: Folder,
  userPoolId: string,
): Promise<PoolPlan> {
  const { variables, envFile, directory, seedText, hasState } = folder;
  const {
    COGNITO_USER_POOL_ID: known,
    COGNITO_ENDPOINT: endpoint,
    COGNITO_CLIENT_SECRET: secret,
  } = variables;
  if (known !== undefined && !isOnThisMachine(variables))
    throw new Error(
      `${envFile} has the user pool ${known} already, which is not on this machine; choose another file with --env`,
    );
  const wanted = localSeed(answers, userPoolId);
  const seed = seedText ?? wanted;
  const url = endpoint ?? `http://127.0.0.1:${await freePort()}`;
  const port = new URL(url).port;
  const portOption = port === String(LOCAL_PORT) ? '' : ` --port ${port}`;
  const hasSecret = answers.clientSecret === 'fixed';
  const variablesOf = (config: Ids): Variable[] => [
    { name: 'COGNITO_USER_POOL_ID', value: config.userPoolId },
    { name: 'COGNITO_CLIENT_ID', value: config.clientId },
    ...(config.clientSecret === undefined
      ? []
      : [{ name: 'COGNITO_CLIENT_SECRET', value: config.clientSecret, secret: true } as const]),
    { name: 'COGNITO_ENDPOINT', value: url },
    { name: 'COGNITO_LOCAL_STATE', value: STATE_FILE },
  ];
  return {
    isLocal: true,
    headline: `A user pool on this machine, with the settings in ${SEED_FILE}. It keeps its data in ${STATE_FILE}.`,
    calls: [],
    limits: [],
    variables: variablesOf({
      userPoolId,
      clientId: 'localclient',
      ...(hasSecret && { clientSecret: secret ?? '' }),
    }),
    paths: [...(hasState ? [] : [STATE_FILE]), ...(seedText === undefined ? [SEED_FILE] : [])],
    kept: seed === wanted ? [] : [`Kept ${SEED_FILE}, whose settings differ from the answers.`],
    start: [`npx cognito-kit local --seed ${SEED_FILE} --state ${STATE_FILE}${portOption}`],
    async make() {
      const { startLocalUserPool } = await import('../local/local-user-pool.ts');
      // A start checks the settings, and puts the app client with its secret into the state.
      const pool = await startLocalUserPool({
        seed: JSON.parse(seed) as LocalSeed,
        state: join(directory, STATE_FILE),
        port: 0,
        ...(secret !== undefined && { clientSecret: secret }),
        quiet: true,
      });
      await pool.close();
      if (seedText === undefined) writeFileSync(join(directory, SEED_FILE), seed);
      return { variables: variablesOf(pool.config), undo: [], isUsable: true };
    },
  };
}

interface Ids {
  readonly userPoolId: string;
  readonly clientId: string;
  readonly clientSecret?: string;
}

/** Returns the port of `cognito-kit local`, or the next one that no program uses. */
async function freePort(): Promise<number> {
  for (let port = LOCAL_PORT; port < LOCAL_PORT + PORTS; port += 1) {
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch {
      continue;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
  return LOCAL_PORT;
}
