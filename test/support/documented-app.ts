import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Express } from 'express';
import { ROOT } from './documentation.ts';
import { listen } from './helpers.ts';

/** Inside the project, so that the code finds the packages that it imports. */
const SCRATCH = new URL(`.tmp/documented-apps/${process.pid}/`, ROOT);

after(() => rm(SCRATCH, { recursive: true, force: true }));

let count = 0;

/** Writes modules next to each other, and returns the exports of the last one. */
async function importCode(modules: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
  const folder = new URL(`${++count}/`, SCRATCH);
  await mkdir(folder, { recursive: true });
  await Promise.all(Object.entries(modules).map(([name, code]) => writeFile(new URL(name, folder), code)));
  const last = Object.keys(modules).at(-1) ?? '';
  return (await import(new URL(last, folder).href)) as Record<string, unknown>;
}

/** Returns the Express app of a documented example. */
export async function documentedApp(
  code: string,
  modules: Readonly<Record<string, string>> = {},
): Promise<Express> {
  const listening = 'app.listen(3000);';
  if (!code.includes(listening)) throw new Error(`The example has no ${listening}`);
  const exported = code
    .replace(listening, 'export { app };')
    .replace('createCognitoRouter({', 'createCognitoRouter({ logger: false,');
  const { app } = await importCode({ ...modules, 'app.ts': exported });
  return app as Express;
}

/** Starts the Express app of a documented example, at a port of its own. */
export async function startDocumentedApp(
  ...example: Parameters<typeof documentedApp>
): Promise<{ url: string; close(): Promise<void> }> {
  return listen(createServer(await documentedApp(...example)));
}

/** Sets environment variables, and returns a function that restores them. */
export function setEnvironment(values: Readonly<Record<string, string | undefined>>): () => void {
  const before = Object.fromEntries(Object.keys(values).map((name) => [name, process.env[name]]));
  const set = (variables: Readonly<Record<string, string | undefined>>): void => {
    for (const [name, value] of Object.entries(variables)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
  set(values);
  return () => set(before);
}
