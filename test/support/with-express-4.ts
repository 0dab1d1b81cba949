import Module, { register } from 'node:module';

/** Makes `express` resolve to Express 4. It must be loaded first. */
const hook = `export async function resolve(specifier, context, next) {
  return next(specifier === 'express' ? 'express4' : specifier, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hook)}`, import.meta.url);

const loader = Module as unknown as { _resolveFilename(request: string, ...rest: unknown[]): string };
const resolve = loader._resolveFilename;
loader._resolveFilename = (request, ...rest) =>
  resolve(request === 'express' ? 'express4' : request, ...rest);
