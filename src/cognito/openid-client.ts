import { runInThisContext } from 'node:vm';

export type OpenIdClient = typeof import('openid-client');

/**
 * Loads openid-client, which is an ES module only. In the CommonJS build, `import()` becomes `require()`, and Jest's
 * `require` refuses ES modules. Node's own accepts them, and is reached through Node's own `process`.
 */
export async function loadOpenIdClient(): Promise<OpenIdClient> {
  try {
    return await import('openid-client');
  } catch (error) {
    const isModule = typeof __filename === 'undefined';
    if (isModule) throw error;
    const { getBuiltinModule }: NodeJS.Process = runInThisContext('process');
    return getBuiltinModule('node:module').createRequire(__filename)('openid-client');
  }
}
