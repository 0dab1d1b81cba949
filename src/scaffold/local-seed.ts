import type { SetupAnswers } from '../setup/answers.ts';
import { apiInputs } from '../setup/api-input.ts';

/** The file with the settings of the local user pool. It has no secret. */
export const SEED_FILE = 'cognito-local.json';
/** The file that keeps the data of the local user pool. */
export const STATE_FILE = '.cognito-local.state';
/** The port of `cognito-kit local`. */
export const LOCAL_PORT = 9229;

/** Returns a seed of the local user pool, as JSON, with the settings that the pool at AWS gets. */
export function localSeed(answers: SetupAnswers, userPoolId: string): string {
  const { createUserPool, setUserPoolMfaConfig, createUserPoolClient } = apiInputs(answers);
  const { PoolName, ...pool } = createUserPool;
  const seed = {
    pools: [
      {
        userPoolId,
        // As at AWS, where nothing else fills the settings that are left out.
        defaults: 'cognito',
        pool: { ...pool, ...setUserPoolMfaConfig },
        appClients: [{ clientId: 'localclient', settings: createUserPoolClient }],
      },
    ],
  };
  return `${JSON.stringify(seed, undefined, 2)}\n`;
}
