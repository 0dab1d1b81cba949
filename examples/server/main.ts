import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SignInName } from 'express-cognito-kit';
import { createExampleApp, type ExampleApp } from './app.ts';
import { type DemoPool, startDemoPool } from './demo-pool.ts';

const HOST = '127.0.0.1';

/** If one of these is set, the server uses a real user pool. The router names those that are missing. */
const COGNITO_VARIABLES = [
  'COGNITO_USER_POOL_ID',
  'COGNITO_CLIENT_ID',
  'COGNITO_CLIENT_SECRET',
  'COGNITO_CLIENT_SECRET_ARN',
  'COGNITO_ENDPOINT',
];

await main();

async function main(): Promise<void> {
  const port = portFrom(process.env.PORT);
  // The pages of the user pool have to know where to send browsers back to: PORT=0 tells only now.
  const server = createServer().listen(port, HOST);
  try {
    await once(server, 'listening');
  } catch (error) {
    fail(listenMessage(error, port));
  }
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const isReal = COGNITO_VARIABLES.some((name) => process.env[name]);
  const demo = isReal ? undefined : await startDemoPool(origin);
  const hasLoginPages = demo !== undefined || process.env.MANAGED_LOGIN === '1';
  const example = appFor(demo, hasLoginPages ? origin : undefined);
  server.on('request', example.app);
  announce(origin, demo);

  // A second signal ends the process at once.
  const stop = async (): Promise<void> => {
    process.off('SIGTERM', stop).off('SIGINT', stop);
    console.log('\nStopping.');
    await example.close({ server });
    await demo?.pool.close();
    process.exit();
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
}

function portFrom(value = '3000'): number {
  const port = Number(value);
  if (value.trim() !== '' && Number.isInteger(port) && port >= 0 && port <= 65535) return port;
  fail(`PORT is "${value}"; write a number from 0 (any free port) to 65535, such as PORT=3000.`);
}

/** Wrong COGNITO_* variables throw here, with a message that names the fix. */
function appFor(demo: DemoPool | undefined, origin: string | undefined): ExampleApp {
  const signInWith = process.env.SIGN_IN_WITH as SignInName | undefined;
  try {
    return createExampleApp({
      ...(demo && { demo }),
      ...(origin && { origin }),
      config: { ...(signInWith && !demo && { signInWith }) },
    });
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
  }
}

function listenMessage(error: unknown, port: number): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    return `Port ${port} is in use. Stop what uses it, or choose another one: PORT=${port + 1} npm start`;
  }
  if (code === 'EACCES')
    return `Port ${port} needs rights that you do not have. Choose one from 1024 on: PORT=3000 npm start`;
  return `Cannot listen on ${HOST}:${port}: ${String(error)}`;
}

function announce(url: string, demo: DemoPool | undefined): void {
  const lines = demo
    ? [
        `Local user pool   ${demo.pool.url}  (${demo.pool.config.userPoolId}; in memory, no AWS account needed)`,
        ...demo.users.map(
          ({ email, password, about }) => `  ${email.padEnd(18)}${password.padEnd(18)}${about}`,
        ),
      ]
    : [`User pool         ${process.env.COGNITO_USER_POOL_ID}`];
  console.log(['', `Auth console      ${url}`, ...lines, '', 'Press Ctrl+C to stop.', ''].join('\n'));
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
