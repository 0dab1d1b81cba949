import { optionError, wrongOption } from '../shared/option-errors.ts';
import type { EndpointName } from './endpoint-names.ts';

const DEFAULT_PATH = '/docs';
const PATH = /^(\/[\w.-]+)+$/;
const FIX =
  'write true, false or a path such as "/api-docs", without a slash at the end; leave it out for no page';

/** Returns the path of the docs page, or `undefined` without one. */
export function parseDocsPath(
  given: unknown,
  routes: Readonly<Partial<Record<EndpointName, string | false>>> = {},
): string | undefined {
  if (given === undefined || given === false) return undefined;
  const path = given === true ? DEFAULT_PATH : given;
  // A segment of dots would be resolved by the browser.
  if (typeof path !== 'string' || !PATH.test(path) || /\/\.+(\/|$)/.test(path)) {
    throw wrongOption('docs', given, FIX);
  }
  if (routes.openapi === false) {
    throw optionError(
      'docs',
      'docs is set with routes.openapi false; leave one of them out: the page loads the OpenAPI document',
    );
  }
  return path;
}
