import type { AppChoices, AppFile } from './app-choices.ts';
import { appTest } from './app-test.ts';
import { SEED_FILE } from './local-seed.ts';
import { moduleSyntax } from './module-syntax.ts';
import type { PackageEntries } from './package-json.ts';
import { pageFiles } from './page-files.ts';
import { routerOptions, showsEmail } from './router-options.ts';

/** The module with the options of the router, which `cognito-kit doctor --config` reads. */
export function configFile({ language }: Pick<AppChoices, 'language'>): string {
  return `auth-config.${language}`;
}

/** The settings of the compiler. */
export const TSCONFIG_FILE = 'tsconfig.json';

/** Returns the files of a small app with a protected route, a start and a test. */
export function appFiles(choices: AppChoices): readonly AppFile[] {
  const { language, transport } = choices;
  return [
    { path: configFile(choices), content: configModule(choices) },
    { path: `app.${language}`, content: appModule(choices) },
    { path: `server.${language}`, content: serverModule(choices) },
    { path: `app.test.${language}`, content: appTest(choices) },
    ...(language === 'ts' ? [{ path: TSCONFIG_FILE, content: TSCONFIG }] : []),
    ...(transport === 'cookies' ? pageFiles(choices) : []),
  ];
}

/** Returns the entries of `package.json` that the app needs. `express` is the installed major version. */
export function packageEntries(
  { language, module }: AppChoices,
  { kit, express = '5' }: { readonly kit: string; readonly express?: string | undefined },
): PackageEntries {
  const node = language === 'ts' ? 'node --import tsx' : 'node';
  return {
    type: module === 'esm' ? 'module' : 'commonjs',
    scripts: {
      start: `${node} --env-file=.env server.${language}`,
      test: `${node} --test app.test.${language}`,
      ...(language === 'ts' && { typecheck: 'tsc' }),
    },
    dependencies: { express: `^${express}.0.0`, 'express-cognito-kit': `^${kit}` },
    devDependencies:
      language === 'ts'
        ? {
            '@types/express': `^${express}.0.0`,
            '@types/node': '^20.19.0',
            tsx: '^4.23.0',
            typescript: '^7.0.0',
          }
        : {},
  };
}

function configModule(choices: AppChoices): string {
  const { exported, exportsOf, ts } = moduleSyntax(choices);
  const options = routerOptions(choices.answers, choices.transport);
  const object = options.length === 0 ? '{}' : `{\n${options.map((line) => `  ${line}\n`).join('')}}`;
  const type = ts("import type { Config } from 'express-cognito-kit';\n\n");
  return `${type}// The options of the router that fit the user pool. Its ids and its secret are in .env.
${exported}const config${ts(': Config')} = ${object};
${exportsOf('config')}`;
}

function appModule(choices: AppChoices): string {
  const { whole, named, exported, exportsOf, ts, file } = moduleSyntax(choices);
  const hasPage = choices.transport === 'cookies';
  const name = showsEmail(choices.answers, choices.transport) ? 'email' : 'username';
  const page = `
  // No script runs on the pages but those of the folder.
  const policy = "default-src 'self'; base-uri 'none'; frame-ancestors 'none'";
  const setHeaders = (res${ts(': ServerResponse')}) => res.setHeader('Content-Security-Policy', policy);
  app.use(express.static('public', { setHeaders }));
`;
  const http = hasPage ? ts("import type { ServerResponse } from 'node:http';\n") : '';
  return `${http}${whole('express', 'express')}
${named(['createCognitoRouter', name === 'email' ? 'getProfile' : 'getAuth'], 'express-cognito-kit', ['Config'])}
${named(['config'], file('auth-config'))}

/** Creates the app. A test passes the options of its own user pool. */
${exported}function createApp(options${ts(': Config')} = {}) {
  const auth = createCognitoRouter({ ...config, ...options });
  const app = express();

  // POST /auth/sign-up, /auth/confirm-sign-up, /auth/sign-in, /auth/sign-out and all others.
  app.use('/auth', auth);
  app.use(express.json());

  app.get('/api/hello', auth.requireAuth(), (req, res) => {
    res.json({ hello: ${name === 'email' ? 'getProfile(req)?.email' : 'getAuth(req).username'} });
  });
${hasPage ? page : ''}
  return { app, auth };
}
${exportsOf('createApp')}`;
}

function serverModule(choices: AppChoices): string {
  const { named, lazy, file } = moduleSyntax(choices);
  return `${named(['createApp'], file('app'))}

const PORT = Number(process.env.PORT ?? 3000);

/** Starts the user pool on this machine, if .env names its state file. A user pool at AWS needs no start. */
async function startLocalPool() {
  const { COGNITO_LOCAL_STATE: state, COGNITO_ENDPOINT: endpoint = '' } = process.env;
  if (!state) return undefined;
  const clientSecret = process.env.COGNITO_CLIENT_SECRET;
  const { startLocalUserPool } = ${lazy('express-cognito-kit/local')};
  return startLocalUserPool({
    seed: '${SEED_FILE}',
    state,
    port: Number(new URL(endpoint).port),
    ...(clientSecret && { clientSecret }),
    quiet: true,
    onMessage: ({ kind, to, code }) => console.log(\`\${kind} for \${to}: \${code}\`),
  });
}

async function main() {
  const pool = await startLocalPool();
  const { app, auth } = createApp();
  const server = app.listen(PORT);
  server.once('listening', () => {
    console.log(\`The app is at http://localhost:\${PORT}\`);
    if (pool) console.log('The user pool is on this machine, for development only. Its codes appear here.');
  });

  const stop = async () => {
    await auth.close({ server });
    await pool?.close();
    process.exit();
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
}

main();
`;
}

const TSCONFIG = `{
  "compilerOptions": {
    "target": "ES2023",
    "module": "NodeNext",
    "strict": true,
    "esModuleInterop": true,
    "skipLibCheck": true,
    "noEmit": true,
    "allowImportingTsExtensions": true,
    "types": ["node"]
  },
  "include": ["*.ts"]
}
`;
