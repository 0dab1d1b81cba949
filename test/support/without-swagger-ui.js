import { register } from 'node:module';

/** Makes the import of swagger-ui-dist fail as if it were not installed. */
const hooks = `export function resolve(specifier, context, next) {
  if (!specifier.startsWith('swagger-ui-dist')) return next(specifier, context);
  throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
