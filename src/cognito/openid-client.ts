import { runInThisContext } from 'node:vm';

export type OpenIdClient = typeof import('openid-client');

/**
 * Loads openid-client, which is an ES module only. Compiled to CommonJS, `import()` is `require()`, and that of Jest refuses
 * ES modules. Node's own does not, and is to be had from Node's own `process`: what Jest gives out leads back to Jest.
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
