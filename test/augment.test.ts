import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';

const root = path.resolve(import.meta.dirname, '..');

describe('req.auth in TypeScript', () => {
  const handler = `
    import type { Request } from 'express';
    export const sub = (req: Request): string | undefined => req.auth?.sub;
    export const wrong = (req: Request) => req.auth?.nothing.like.it;
  `;

  it('is typed if express-cognito-kit/augment is imported', async () => {
    const errors = await compile(`import 'express-cognito-kit/augment';\n${handler}`);
    expect(errors).to.have.lengthOf(1);
    expect(errors[0]).to.include("on type 'Auth'");
  });

  it('is not typed if express-cognito-kit/augment is not imported', async () => {
    const errors = await compile(`import { requireAuth } from 'express-cognito-kit/require-auth';
      ${handler}
      export const middleware = requireAuth();`);
    expect(errors).to.have.lengthOf(2);
    for (const error of errors) expect(error).to.include("Property 'auth' does not exist");
  });

  it('is not needed with getAuth(), which is typed without that import', async () => {
    const errors = await compile(`
      import express from 'express';
      import { getAuth, requireAuth } from 'express-cognito-kit/require-auth';
      express().get('/orders/:id', requireAuth({ groups: ['admin'] }), (req, res) => {
        const { sub, groups }: { sub: string; groups: readonly string[] } = getAuth(req);
        const id: string = req.params.id;
        res.json({ sub, groups, id });
      });`);
    expect(errors).to.deep.equal([]);
  });
});

describe('Options of requireAuth in TypeScript', () => {
  it('do not compile if they are invalid', async () => {
    const errors = await compile(`
      import { requireAuth, type RequireAuthOptions } from 'express-cognito-kit/require-auth';
      export const wrong: RequireAuthOptions[] = [
        { group: 'admin' },
        { tokenUse: 'refresh' },
        { clientId: 7 },
        { customCheck: () => 'yes' },
        { pools: [{ groups: 'admin' }] },
      ];
      requireAuth({ userPoolId: process.env.POOL, clientId: process.env.CLIENT });`);
    expect(errors).to.have.lengthOf(5);
  });
});

/** Compiler errors of a program of one file, in a separate project. */
async function compile(source: string): Promise<string[]> {
  const directory = await mkdtemp(path.join(tmpdir(), 'augment-'));
  try {
    const entry = (name: string) => [path.join(root, 'src', `${name}.ts`)];
    const compilerOptions = {
      ...{
        module: 'NodeNext',
        target: 'ES2022',
        strict: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
      },
      ...{ skipLibCheck: true, allowImportingTsExtensions: true, types: ['node'] },
      paths: {
        'express-cognito-kit/require-auth': entry('require-auth'),
        'express-cognito-kit/augment': entry('augment'),
      },
    };
    await symlink(path.join(root, 'node_modules'), path.join(directory, 'node_modules'), 'junction');
    await writeFile(path.join(directory, 'package.json'), '{ "type": "module" }');
    await writeFile(
      path.join(directory, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['app.ts'] }),
    );
    await writeFile(path.join(directory, 'app.ts'), source);
    const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = await promisify(execFile)(process.execPath, [
      tsc,
      '-p',
      directory,
      '--pretty',
      'false',
    ]).catch((failed: { stdout: string }) => failed);
    return stdout.split('\n').filter((line) => line.includes('error TS'));
  } finally {
    await rm(directory, { recursive: true });
  }
}
