import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from './free-port.ts';

const PASSWORD = 'correct-Horse-7-battery';
const START_LIMIT_MS = 60_000;

/** An app that `cognito-kit init` wrote, started with `npm start`. */
export interface NewApp {
  readonly url: string;
  /** Returns the output so far. */
  output(): string;
  stop(): Promise<void>;
}

/** Starts the app in a folder like a user, with its settings in `.env`. */
export async function startNewApp(folder: string): Promise<NewApp> {
  const port = await freePort();
  const inherited = Object.entries(process.env).filter(([name]) => !/^(COGNITO_|AWS_|NODE_)/.test(name));
  const child = spawn('npm', ['start'], {
    cwd: folder,
    env: { ...Object.fromEntries(inherited), PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
    // npm starts a shell, and the shell starts Node: a signal to the group reaches all of them.
    detached: true,
  });
  const ended = once(child, 'close');
  let output = '';
  const url = `http://localhost:${port}`;
  await new Promise<void>((resolve, reject) => {
    const fail = (): void => reject(new Error(`npm start did not start the app.\n${output}`));
    const timer = setTimeout(fail, START_LIMIT_MS);
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      if (!output.includes(url)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    ended.then(fail);
  });
  return {
    url,
    output: () => output,
    async stop() {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
      await ended;
    },
  };
}

/** Signs a new user up and in, with the code that the terminal shows. Returns the headers of a signed-in request. */
export async function signUpAndIn({ url, output }: NewApp): Promise<Record<string, string>> {
  const email = 'grace@example.com';
  const post = async (path: string, body: object): Promise<Response> => {
    const response = await fetch(`${url}/auth${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path} answers ${response.status}: ${await response.text()}`);
    return response;
  };
  await post('/sign-up', { email, password: PASSWORD });
  const [, code] = /sign_up for grace@example\.com: (\d{6})/.exec(output()) ?? [];
  await post('/confirm-sign-up', { email, confirmationCode: code });
  const response = await post('/sign-in', { email, password: PASSWORD });
  const { tokens } = (await response.json()) as { tokens?: { accessToken: string } };
  const cookie = response.headers.getSetCookie().map((line) => line.split(';')[0]);
  return tokens ? { authorization: `Bearer ${tokens.accessToken}` } : { cookie: cookie.join('; ') };
}
