import { isObject, quote, unknownName } from '../shared/option-errors.ts';
import { FAULT_KINDS, type Fault } from './http/faults.ts';
import { HOSTED_ENDPOINTS } from './managed-login/routes.ts';
import type { InboxFilter } from './messages/inbox.ts';
import { keyManagementOperations } from './operations/key-management.ts';
import { secretsManagerOperations } from './operations/secrets-manager.ts';
import { OPERATIONS } from './operations/table.ts';
import { checkOption, localOptionError } from './option-values.ts';
import {
  flag,
  integer,
  list,
  type Member,
  oneOf,
  required,
  type Shape,
  structure,
  text,
} from './wire/input.ts';

/** Checks of what tests pass to the running pool. A misspelled name would have no effect, and the test would prove nothing. */

const FAULTS_PAGE = 'testing.md#faults';
const POOL_PAGE = 'local-user-pool.md';

const TARGETS = [
  ...Object.keys(OPERATIONS),
  ...Object.keys(secretsManagerOperations),
  ...Object.keys(keyManagementOperations),
  'jwks',
  'openid-configuration',
  ...HOSTED_ENDPOINTS,
];
const target: Member<string, false> = {
  ...oneOf(...TARGETS),
  kind: {
    type: 'scalar',
    rules: [],
    values: TARGETS,
    fix: "write the name of an operation such as 'SignUp', 'jwks', 'openid-configuration', or an endpoint of managed login such as 'oauth2/token'",
  },
};
const DAY_MS = 86_400_000;

const OF_EVERY_FAULT: Shape = {
  kind: required(oneOf(...FAULT_KINDS)),
  times: integer(1, Number.MAX_SAFE_INTEGER),
  afterwards: flag(),
};
const OF_KIND: Readonly<Partial<Record<Fault['kind'], Shape>>> = {
  delay: { ms: integer(0, DAY_MS) },
  lateSessions: { ms: integer(0, DAY_MS) },
  status: { status: integer(200, 599) },
  redirect: { location: required(text({ min: 1 })) },
};

export function checkFault(fault: Fault): void {
  checkOption('fault.kind', oneOf(...FAULT_KINDS), fault?.kind ?? null, FAULTS_PAGE);
  const { on } = fault;
  const scope: Member<unknown> = Array.isArray(on) ? list(target) : target;
  checkOption(
    'fault',
    structure({ ...OF_EVERY_FAULT, on: scope, ...OF_KIND[fault.kind] }),
    fault,
    FAULTS_PAGE,
  );
}

const FILTER = structure({
  to: text(),
  username: text(),
  kind: oneOf(
    'sign_up',
    'sign_in',
    'forgot_password',
    'verify_attribute',
    'temporary_password',
    'risky_sign_in',
  ),
});

export function checkInboxFilter(filter: InboxFilter): void {
  checkOption('filter', FILTER, filter, POOL_PAGE);
}

const OF_CONFIG: readonly string[] = ['userPoolId', 'clientSecret', 'endpoint', 'issuer', 'jwksUri'];

const TEN_YEARS_SECONDS = 315_360_000;
const LIFETIME = integer(-TEN_YEARS_SECONDS, TEN_YEARS_SECONDS);

export function checkTokenOptions(options: object): void {
  const known = ['clientId', 'accessExpiresIn', 'idExpiresIn', 'accessClaims', 'idClaims'];
  // The configuration of an app client, from addClient, names the client too.
  const names = Object.keys(options).filter((name) => !OF_CONFIG.includes(name));
  const message = unknownName('tokensFor', names, known);
  if (message !== undefined) throw localOptionError(message, POOL_PAGE);
  const { clientId, accessExpiresIn, idExpiresIn, accessClaims, idClaims }: TokenOptionValues = options;
  checkOption('tokensFor.clientId', text({ min: 1 }), clientId, POOL_PAGE);
  checkOption('tokensFor.accessExpiresIn', LIFETIME, accessExpiresIn, POOL_PAGE);
  checkOption('tokensFor.idExpiresIn', LIFETIME, idExpiresIn, POOL_PAGE);
  for (const [name, claims] of Object.entries({ accessClaims, idClaims })) {
    if (claims !== undefined && !isObject(claims))
      throw localOptionError(`tokensFor.${name} is ${quote(claims)}; write an object of claims`, POOL_PAGE);
  }
}

const EXPORT_OPTIONS = structure({ withSecrets: flag() });

export function checkExportOptions(options: object | undefined): void {
  checkOption('exportSeed', EXPORT_OPTIONS, options, 'local-user-pool.md#seeds');
}

interface TokenOptionValues {
  readonly clientId?: unknown;
  readonly accessExpiresIn?: unknown;
  readonly idExpiresIn?: unknown;
  readonly accessClaims?: unknown;
  readonly idClaims?: unknown;
}
