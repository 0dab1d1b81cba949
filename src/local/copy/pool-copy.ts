import { clientSettingsShape } from '../operations/admin-clients.ts';
import { poolSettingsShape } from '../operations/admin-pools.ts';
import { OPERATIONS } from '../operations/table.ts';
import { checkOption } from '../option-values.ts';
import { list, type Member, required, type Shape, structure, text } from '../wire/input.ts';
import { clientId } from '../wire/members.ts';

/** An app client of a copied pool. */
export interface CopiedClient {
  /** ID of the app client, which the copy keeps. */
  readonly clientId: string;
  /** In the member names of CreateUserPoolClient. `GenerateSecret` is true for a client that has a secret. */
  readonly settings: CopiedSettings;
}

/** Settings in the member names of the operation that creates them. The local pool checks them when it starts. */
export type CopiedSettings = Readonly<Record<string, unknown>>;

/** Settings of a user pool, without users and without secrets. It is plain JSON. */
export interface PoolCopy {
  /** ID of the user pool, which the copy keeps. */
  readonly userPoolId: string;
  /** In the member names of CreateUserPool. */
  readonly pool: CopiedSettings;
  /** In the order of ListUserPoolClients. */
  readonly appClients: readonly CopiedClient[];
  /** In the member names of CreateIdentityProvider. Secrets are replaced by a placeholder. */
  readonly identityProviders: readonly CopiedSettings[];
  /** In the member names of CreateResourceServer. */
  readonly resourceServers: readonly CopiedSettings[];
  /** In the member names of CreateGroup. */
  readonly groups: readonly CopiedSettings[];
  /** In the member names of CreateUserPoolDomain. */
  readonly domains: readonly CopiedSettings[];
  /** In the member names of SetUserPoolClientSessionConfiguration. */
  readonly clientSessions?: readonly CopiedSettings[];
  /** In the member names of SetRiskConfiguration. */
  readonly riskConfigurations?: readonly CopiedSettings[];
  /** In the member names of SetUICustomization. */
  readonly uiCustomizations?: readonly CopiedSettings[];
  /** In the member names of CreateTerms. */
  readonly terms?: readonly CopiedSettings[];
  /** Paths of settings that the local pool does not have, such as `pool.NewSetting`. */
  readonly omitted: readonly string[];
}

export type ResourceList = 'identityProviders' | 'resourceServers' | 'groups' | 'domains';

/** The operations that create the parts, in the order in which the parts refer to each other. */
export const CREATED_BY: Readonly<Record<ResourceList, string>> = {
  identityProviders: 'CreateIdentityProvider',
  resourceServers: 'CreateResourceServer',
  groups: 'CreateGroup',
  domains: 'CreateUserPoolDomain',
};

/** The operations that create the parts about app clients. */
export const CREATED_AFTER_CLIENTS = {
  clientSessions: 'SetUserPoolClientSessionConfiguration',
  riskConfigurations: 'SetRiskConfiguration',
  uiCustomizations: 'SetUICustomization',
  terms: 'CreateTerms',
} as const;

export type ClientPartList = keyof typeof CREATED_AFTER_CLIENTS;

export const COPY_PAGE = 'local-user-pool.md#a-copy-of-a-real-pool';

/** 50 custom attributes, which CreateUserPool and AddCustomAttributes add, and changes of the standard ones. */
const MAX_ATTRIBUTES = 70;

const { Schema: schema } = poolSettingsShape;
const attribute = schema?.kind.type === 'list' ? schema.kind.item : structure({});

export const copiedPool: Member<unknown> = structure({
  ...poolSettingsShape,
  Schema: list(attribute, { max: MAX_ATTRIBUTES }),
});
export const copiedClient: Member<unknown> = structure(clientSettingsShape);

/** Returns the input of the operation that creates a part, without the pool's ID. */
export function copiedPart(name: ResourceList | ClientPartList): Member<unknown> {
  const operation = { ...CREATED_BY, ...CREATED_AFTER_CLIENTS }[name];
  const { UserPoolId: _added, ...shape }: Shape = OPERATIONS[operation]?.shape ?? {};
  return structure(shape);
}

/** The lists of parts about app clients, which a copy of an older version of the kit does not have. */
export function clientPartLists(): Record<ClientPartList, Member<unknown>> {
  return {
    clientSessions: list(copiedPart('clientSessions')),
    riskConfigurations: list(copiedPart('riskConfigurations')),
    uiCustomizations: list(copiedPart('uiCustomizations')),
    terms: list(copiedPart('terms')),
  };
}

/** Throws a TypeError if the value is no copy, such as a file that was edited by hand. */
export function checkCopy(value: unknown): void {
  const of = (name: ResourceList) => required(list(copiedPart(name)));
  const copy = structure({
    userPoolId: required(text({ pattern: /[\w-]{1,40}_[0-9a-zA-Z]{1,14}/ })),
    pool: { ...copiedPool, required: true },
    appClients: required(
      list(structure({ clientId: required(clientId), settings: { ...copiedClient, required: true } })),
    ),
    identityProviders: of('identityProviders'),
    resourceServers: of('resourceServers'),
    groups: of('groups'),
    domains: of('domains'),
    ...clientPartLists(),
    omitted: list(text()),
  });
  checkOption('like', copy, value, COPY_PAGE);
}

/** Returns the members that the local pool knows, and adds the paths of the others to `omitted`. */
export function knownPart(
  { kind }: Member<unknown>,
  value: unknown,
  path: string,
  omitted: string[],
): unknown {
  if (kind.type === 'list' && Array.isArray(value))
    return value.map((entry) => knownPart(kind.item, entry, path, omitted));
  if (kind.type !== 'structure' || typeof value !== 'object' || value === null) return value;
  const known: [string, unknown][] = [];
  for (const [name, entry] of Object.entries(value)) {
    const member = kind.shape[name];
    const at = `${path}.${name}`;
    if (entry === undefined || entry === null) continue;
    if (member) known.push([name, knownPart(member, entry, at, omitted)]);
    else if (!omitted.includes(at)) omitted.push(at);
  }
  return Object.fromEntries(known);
}
