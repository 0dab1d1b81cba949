import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Bench } from '../bench.ts';
import type { Contender } from '../contenders/contender.ts';
import type { Side } from '../duel.ts';
import { reportsRequest } from '../inputs.ts';
import { httpRequest } from '../load.ts';
import { type Match, requestsForTheSame, runMatches } from '../matches.ts';
import type { Table } from '../report.ts';

const FOLDER = new URL('../../../bench/compare/', import.meta.url);

/** Libraries that check a bearer token of Cognito. */
const TOKEN_LIBRARIES = ['express-oauth2-jwt-bearer', 'cognito-express'];

/** Whole stacks, each with a session of its own. */
const SESSION_LIBRARIES = {
  'better-auth, session in its cookie cache': 'better-auth-cookie-cache',
  'better-auth, session in memory': 'better-auth-in-memory',
  'supertokens-node, key set of a stand-in for its core': 'supertokens-node',
};

/** Other libraries, each set up as its documentation says, against the route without a check. */
export async function* benchCompare({ pool, lengths }: Bench): AsyncGenerator<Table> {
  install();
  const { config, tokens } = pool.facts;
  const known = tokens.map(reportsRequest);
  const bare: Side = { contender: { kind: 'bare' }, requests: known, status: 200 };
  const withToken = (name: string, contender: Contender): Match => ({
    name,
    contender: { contender, requests: known, status: 200 },
  });
  const other = (file: string): Contender => ({
    kind: 'other-library',
    program: new URL(`${file}.js`, FOLDER).href,
    config,
  });
  const matches: readonly Match[] = [
    withToken('requireAuth of this kit', { kind: 'require-auth', config }),
    {
      name: 'requireAuth of this kit, token in a cookie',
      contender: {
        contender: { kind: 'require-auth', config, transport: 'cookie' },
        requests: tokens.map((token) =>
          httpRequest('GET', '/reports', { cookie: `__Host-auth-access=${token}` }),
        ),
        status: 200,
      },
    },
    withToken('aws-jwt-verify by hand', { kind: 'verify-by-hand', config }),
    ...TOKEN_LIBRARIES.map((name) => withToken(name, other(name))),
    ...Object.entries(SESSION_LIBRARIES).map(([name, file]) => ({
      name,
      contender: {
        contender: other(file),
        requests: (headers: Readonly<Record<string, string>>) => [httpRequest('GET', '/reports', headers)],
        status: 200,
      },
    })),
  ];
  yield runMatches({
    id: 'compare',
    title: 'A known token or session, with other libraries',
    reading: 'Requests for the same CPU time, of those of the bare Express route. More is better.',
    baseline: bare,
    matches,
    lengths: lengths.route,
    rounds: lengths.rounds,
    ratio: requestsForTheSame,
  });
}

/** They are no dependencies of the package, not even for its tests. */
function install(): void {
  const folder = fileURLToPath(FOLDER);
  if (existsSync(`${folder}node_modules`)) return;
  console.log(`Installing the libraries into ${folder}`);
  const { status } = spawnSync('npm', ['install', '--prefix', folder], { stdio: 'inherit' });
  if (status !== 0) throw new Error('The libraries to compare with could not be installed.');
}
