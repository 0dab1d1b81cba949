import { eventSubject } from '../src/config/events.ts';
import type { Config } from '../src/config/options.ts';
import { DEFAULT_RATE_LIMITS, parseConfig } from '../src/config/settings.ts';
import { type Endpoint, isAudited } from '../src/endpoints/endpoint.ts';
import { loadJoi } from '../src/endpoints/joi.ts';
import { ALL_ENDPOINTS } from '../src/endpoints/table.ts';
import { TAGS } from '../src/openapi/components.ts';
import { errorsOf, openApiDocument, openApiPath, operationsOf } from '../src/openapi/document.ts';
import { PROBLEMS, type ProblemCode } from '../src/shared/problem.ts';
import { apiReference, code, fence, GENERATED, kebabCase, page, table } from './docs-markdown.ts';
import { type Member, membersOf, nameOf, rulesOf, type Schema, typeOf } from './docs-schema.ts';

await loadJoi();

/** Where the examples mount the router. */
const MOUNTED_AT = '/auth';

const BASE: Config = {
  userPoolId: 'us-east-1_AbCdEfGhI',
  clientId: '1example23456789',
  cookieSecret: 'a secret of 32 characters or more',
  managedLogin: { redirectUri: 'https://app.example.com/auth/callback' },
};

/** Switches on the endpoint that needs tokens in cookies. */
const IMPORTING: Config = { transport: 'cookie', importSessions: true };

/** Options that give a request other members than the default. */
const VARIANTS: readonly { readonly option: string; readonly config: Config }[] = [
  { option: "signInWith: 'phoneNumber'", config: { signInWith: 'phoneNumber' } },
  { option: "signInWith: 'username'", config: { signInWith: 'username' } },
  { option: "authFlow: 'USER_AUTH'", config: { authFlow: 'USER_AUTH' } },
  { option: "authFlow: 'CUSTOM_AUTH'", config: { authFlow: 'CUSTOM_AUTH' } },
  { option: 'passwordless: true', config: { passwordless: true } },
  { option: 'autoSignIn: true', config: { autoSignIn: true } },
  { option: "transport: 'both'", config: { transport: 'both' } },
  { option: "allowedClientMetadata: ['campaign']", config: { allowedClientMetadata: ['campaign'] } },
];

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema: Schema; example?: object }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { schema: Schema; example?: object }>> }>
  >;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

/** The parts of an OpenAPI document that the page is made of. */
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

function describe(config: Config): Description {
  return openApiDocument(parseConfig({ ...BASE, ...config }, {}), MOUNTED_AT) as unknown as Description;
}

/** `docs/reference/endpoints.md`. */
export function endpointsPage(): string {
  const description = describe({});
  const importing = describe(IMPORTING);
  const importedOnly = Object.fromEntries(
    Object.entries(importing.components.schemas).filter(
      ([name]) => !(name in description.components.schemas),
    ),
  );
  const variants = VARIANTS.map(({ option, config }) => ({ option, description: describe(config) }));
  return page([
    GENERATED,
    '# Endpoints',
    `Every endpoint of the router, from the table that serves them. Paths are below the place where the router is mounted:
with \`app.use('${MOUNTED_AT}', createCognitoRouter())\`, \`/sign-in\` is \`${MOUNTED_AT}/sign-in\`. The members are those of the
default options, with managed login; members that an option adds name it. \`GET /openapi.json\` describes the API as your
options make it. Requests and responses are JSON. Members that a table does not name are refused.`,
    ...TAGS.flatMap(({ name, description: text }) => [
      `**${name}**: ${String(text)}`,
      table(
        ['endpoint', 'name', 'summary'],
        ALL_ENDPOINTS.filter(({ tag }) => tag === name).map((endpoint) => [
          `[${code(requestLine(endpoint))}](#${kebabCase(endpoint.name)})`,
          code(endpoint.name),
          endpoint.summary,
        ]),
      ),
    ]),
    ...ALL_ENDPOINTS.flatMap((endpoint) =>
      endpoint.importsSession ? section(endpoint, importing, []) : section(endpoint, description, variants),
    ),
    '## Types',
    'The objects that responses consist of.',
    ...Object.entries({ ...description.components.schemas, ...importedOnly })
      // The others are bodies of requests.
      .filter(([name]) => /^[A-Z]/.test(name))
      .flatMap(([name, schema]) => [`### ${name}`, ...typeSection(schema)]),
  ]);
}

function requestLine({ method, path }: Endpoint): string {
  return `${method.toUpperCase()} ${path}`;
}

function operationOf({ method, path, name }: Endpoint, { paths }: Description): Operation {
  const operation = paths[openApiPath(path)]?.[method];
  if (!operation) throw new Error(`The OpenAPI document does not describe ${name}.`);
  return operation;
}

interface Variant {
  readonly option: string;
  readonly description: Description;
}

function section(endpoint: Endpoint, description: Description, variants: readonly Variant[]): string[] {
  const operation = operationOf(endpoint, description);
  return [
    `## ${kebabCase(endpoint.name)}`,
    `**${code(requestLine(endpoint))}** ${endpoint.summary}`,
    endpoint.description,
    facts(endpoint),
    ...parametersOf(operation),
    ...bodyOf(endpoint, description, variants),
    ...cookiesOf(endpoint),
    ...answersOf(endpoint, operation),
    ...examples(endpoint, operation),
    '**Errors**',
    errors(endpoint),
  ];
}

const AUTH = {
  none: 'no token',
  optional: 'access token, optional',
  access: 'access token',
} as const;

function facts(endpoint: Endpoint): string {
  const { name, auth, sensitive, rateLimit } = endpoint;
  const operations = operationsOf(endpoint).map((operation) => `[${operation}](${apiReference(operation)})`);
  const requests = sensitive === undefined || sensitive === true ? '' : ` for ${sensitive.words}`;
  const recent = sensitive
    ? `, and a sign-in within [\`sensitiveMaxAge\`](options.md#sensitivemaxage)${requests}`
    : '';
  return table(
    ['', ''],
    [
      ['name in `routes` and `hooks`', code(name)],
      ['authentication', `${AUTH[auth]}${recent}`],
      ['rate limit', rateLimit === undefined ? 'none' : limitOf(rateLimit, endpoint.name)],
      ['operations of Cognito', operations.join(', ') || 'none'],
      ['events', isAudited(endpoint) ? events(endpoint) : 'none'],
    ],
  );
}

function limitOf(name: NonNullable<Endpoint['rateLimit']>, endpoint: Endpoint['name']): string {
  const { address, account } = DEFAULT_RATE_LIMITS;
  const text = ({ limit, windowMs }: { limit: number; windowMs: number }): string =>
    `${limit} in ${windowMs / 60_000} min`;
  return `class [\`${name}\`](options.md#ratelimits): ${text(address[name])} for an address, ${text(account[name])} for ${endpoint === 'refresh' || endpoint === 'importSession' ? 'a session' : 'an account'}`;
}

function events({ name }: Endpoint): string {
  return ['succeeded', 'failed'].map((outcome) => code(`${eventSubject(name)}.${outcome}`)).join(', ');
}

function parametersOf({ parameters = [] }: Operation): string[] {
  if (parameters.length === 0) return [];
  const rows = parameters.map(({ name, in: place, required, description = '', schema }) => [
    code(name),
    place,
    required ? 'yes' : 'no',
    typeOf(schema),
    description,
  ]);
  return ['**Parameters**', table(['parameter', 'in', 'required', 'type', 'meaning'], rows)];
}

/** A body, by the value of its discriminator where there is one. */
function bodiesOf(endpoint: Endpoint, description: Description): ReadonlyMap<string, Schema> {
  const schema = operationOf(endpoint, description).requestBody?.content['application/json']?.schema;
  if (!schema) return new Map();
  if (!schema.oneOf) return new Map([['', schema]]);
  return new Map(
    schema.oneOf.map(({ $ref = '' }) => {
      const name = nameOf($ref);
      return [name.slice(name.indexOf('.') + 1), description.components.schemas[name] ?? {}];
    }),
  );
}

function bodyOf(endpoint: Endpoint, description: Description, variants: readonly Variant[]): string[] {
  const bodies = bodiesOf(endpoint, description);
  const others = variants.map((variant) => ({
    option: variant.option,
    bodies: bodiesOf(endpoint, variant.description),
  }));
  const variantsOf = (part: (bodies: Bodies) => Schema): VariantBody[] =>
    others.map((other) => ({ option: other.option, schema: part(other.bodies) }));
  if (bodies.size === 0) return [];
  if (bodies.size === 1) {
    const only = (from: Bodies): Schema => [...from.values()][0] ?? {};
    return ['**Body**', ...membersAndRules(only(bodies), variantsOf(only))];
  }

  return [
    '**Body**, by its `name`',
    `Members of every body${exceptions(bodies)}:`,
    ...membersAndRules(sharedSchema(bodies), variantsOf(sharedSchema)),
    ...[...bodies.keys()].flatMap((value) => {
      const own = (from: Bodies): Schema => ownSchema(from.get(value) ?? {}, from);
      return [`### ${value}`, ...membersAndRules(own(bodies), variantsOf(own))];
    }),
  ];
}

type Bodies = ReadonlyMap<string, Schema>;

interface VariantBody {
  readonly option: string;
  readonly schema: Schema;
}

function membersAndRules(schema: Schema, variants: readonly VariantBody[]): string[] {
  const rules = rulesOf(schema).map((rule) => `- ${rule}`);
  return [memberTable(membersOf(schema), variants), rules.join('\n')];
}

/** A member and how it is declared, to be compared. */
type Declared = readonly [name: string, declaration: string];

function declarationsOf({ properties = {}, required = [] }: Schema): Declared[] {
  return Object.entries(properties).map(([name, property]) => [
    name,
    JSON.stringify([property, required.includes(name)]),
  ]);
}

/** The members that more than half of the bodies have alike. */
function commonMembers(bodies: Bodies): Declared[] {
  const all = [...bodies.values()].flatMap(declarationsOf);
  const count = ([name, declaration]: Declared): number =>
    all.filter((each) => each[0] === name && each[1] === declaration).length;
  return all.filter((each) => count(each) > bodies.size / 2);
}

function sharedSchema(bodies: Bodies): Schema {
  const common = commonMembers(bodies);
  const having = ([name, declaration]: Declared): Schema | undefined =>
    [...bodies.values()].find((schema) => new Map(declarationsOf(schema)).get(name) === declaration);
  return {
    properties: Object.fromEntries(
      common.map((member) => [member[0], having(member)?.properties?.[member[0]] ?? {}]),
    ),
    required: common.filter((member) => having(member)?.required?.includes(member[0])).map(([name]) => name),
  };
}

/** What a body has that is not in the table of all bodies, or is not as there. */
function ownSchema(schema: Schema, bodies: Bodies): Schema {
  const common = new Map(commonMembers(bodies));
  const declarations = new Map(declarationsOf(schema));
  const own = Object.entries(schema.properties ?? {}).filter(
    ([name]) => common.get(name) !== declarations.get(name),
  );
  return { ...schema, properties: Object.fromEntries(own) };
}

function exceptions(bodies: Bodies): string {
  const common = new Map(commonMembers(bodies));
  const lacking = [...bodies].flatMap(([value, { properties }]) => {
    const names = [...common.keys()].filter((name) => !properties?.[name]);
    return names.length === 0 ? [] : [`${code(value)} has no ${names.map(code).join(', ')}`];
  });
  return lacking.length === 0 ? '' : ` (${lacking.join('; ')})`;
}

function memberTable(members: readonly Member[], variants: readonly VariantBody[] = []): string {
  const others = variants.map(({ option, schema }) => ({ option, members: membersOf(schema) }));
  const rows = [...members, ...others.flatMap((other) => other.members)].filter(
    ({ path }, index, all) => all.findIndex((member) => member.path === path) === index,
  );
  return table(
    ['member', 'required', 'type', 'meaning'],
    rows.map(({ path, type, meaning }) => [code(path), requirement(path, members, others), type, meaning]),
  );
}

interface VariantMembers {
  readonly option: string;
  readonly members: readonly Member[];
}

/** Whether a member is required by default, and the options that change it. */
function requirement(path: string, members: readonly Member[], others: readonly VariantMembers[]): string {
  const find = (all: readonly Member[]): Member | undefined => all.find((member) => member.path === path);
  const usual = find(members);
  const notes = others.flatMap((other) => {
    const member = find(other.members);
    if (member?.required === usual?.required) return [];
    return [`${yesOrNo(member)}${usual ? '' : ', only'} with ${code(other.option)}`];
  });
  return [...(usual ? [yesOrNo(usual)] : []), ...notes].join('; ');
}

function yesOrNo(member: Member | undefined): string {
  if (!member) return 'not';
  return member.required ? 'yes' : 'no';
}

function cookiesOf({ cookies }: Endpoint): string[] {
  const names = Object.keys(cookies ?? {});
  if (names.length === 0) return [];
  return [
    `With [\`transport: 'cookie'\`](options.md#transport) a cookie holds ${names.map(code).join(' and ')}: the body and the response do not have it.`,
  ];
}

function answersOf({ redirects }: Endpoint, { responses }: Operation): string[] {
  const redirect =
    redirects === 'always' ? '303 to the next page.' : '303 to the next page with tokens in cookies.';
  const schema = responses[200]?.content?.['application/json']?.schema;
  return ['**Response**', ...(schema ? answer(schema) : []), ...(redirects === undefined ? [] : [redirect])];
}

function answer(schema: Schema): string[] {
  if (!schema.properties) return [`200 with ${typeOf(schema)}.`];
  return ['200 with', memberTable(membersOf(schema))];
}

function typeSection(schema: Schema): string[] {
  const { description, properties, oneOf } = schema;
  if (oneOf) return [description ?? '', 'One of:', oneOf.map((each) => `- ${typeOf(each)}`).join('\n')];
  return [description ?? '', properties ? memberTable(membersOf(schema)) : `${typeOf(schema)}.`];
}

function examples(endpoint: Endpoint, operation: Operation): string[] {
  const request = operation.requestBody?.content['application/json']?.example;
  const response = operation.responses[200]?.content?.['application/json']?.example;
  const { params = {} } = endpoint.example;
  const path = endpoint.path.replaceAll(/:(\w+)/g, (_all, name: string) =>
    encodeURIComponent(params[name] ?? ''),
  );
  const lines = [
    `${endpoint.method.toUpperCase()} ${MOUNTED_AT}${path} HTTP/1.1`,
    ...(endpoint.auth === 'access' ? ['Authorization: Bearer eyJraWQiOi...'] : []),
    ...(request ? ['Content-Type: application/json', '', JSON.stringify(request, null, 2)] : []),
  ];
  return [
    '**Example**',
    fence('http', lines.join('\n')),
    ...(response ? [fence('json', JSON.stringify(response, null, 2))] : []),
  ];
}

function errors(endpoint: Endpoint): string {
  const codes = errorsOf(endpoint);
  const inCookies = errorsOf(endpoint, 'cookie').filter((each) => !codes.includes(each));
  const statuses = [...new Set(codes.map((each) => PROBLEMS[each][0]))].sort((a, b) => a - b);
  const lines = statuses.map(
    (status) =>
      `- ${status}: ${codes
        .filter((each) => PROBLEMS[each][0] === status)
        .map(errorLink)
        .join(', ')}`,
  );
  if (inCookies.length > 0)
    lines.push(`- With tokens in cookies also: ${inCookies.map(errorLink).join(', ')}`);
  return lines.join('\n');
}

export function errorLink(problem: ProblemCode): string {
  return `[\`${problem}\`](errors.md#${problem})`;
}
