import { Ajv2020, type ValidateFunction } from '@redocly/ajv/dist/2020.js';
import { expect } from 'chai';
import type { Config } from '../../src/config/options.ts';
import { parseConfig, type Settings } from '../../src/config/settings.ts';
import type { Endpoint } from '../../src/endpoints/endpoint.ts';
import { loadJoi } from '../../src/endpoints/joi.ts';
import { endpointsFor } from '../../src/endpoints/table.ts';
import { openApiDocument, openApiPath } from '../../src/openapi/document.ts';
import { validateBody } from '../../src/pipeline/validation.ts';
import { atLeast } from '../support/at-least.ts';
import { SAMPLE_POSTS } from '../support/requests.ts';

await loadJoi();

type Json = Readonly<Record<string, unknown>>;

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly { readonly name: string; readonly schema: Json }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>;
}

interface Media {
  readonly schema: Json;
  readonly example?: unknown;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
}

const POLICY = {
  minimumLength: 8,
  requireLowercase: true,
  requireUppercase: true,
  requireNumbers: true,
  requireSymbols: true,
};
const MANAGED_LOGIN: Config = {
  managedLogin: { redirectUri: 'https://app.example.com/auth/callback' },
  cookieSecret: 'a secret for cookies, of 32 characters',
};
const CONFIGS: Readonly<Record<string, Config>> = {
  'the defaults': {},
  'tokens in cookies': { transport: 'cookie', importSessions: true, ...MANAGED_LOGIN },
  'tokens in cookies or in the body': {
    transport: 'both',
    ...MANAGED_LOGIN,
    autoSignIn: true,
    authFlow: 'USER_AUTH',
  },
  'managed login': MANAGED_LOGIN,
  'several sign-in names and no writable attributes': {
    signInWith: ['email', 'username', 'phoneNumber'],
    writableAttributes: [],
  },
  'a password policy': { passwordPolicy: POLICY, allowedClientMetadata: ['plan'] },
  'users without passwords': { authFlow: 'USER_AUTH', passwordless: true, signInWith: 'username' },
};

const settingsOf = (config: Config): Settings =>
  parseConfig({ userPoolId: 'us-east-1_AbCdEfGhI', clientId: 'abc', ...config }, {});

const documentOf = (settings: Settings): Document =>
  JSON.parse(JSON.stringify(openApiDocument(settings, '/auth'))) as Document;

function operationsOf({ paths }: Document): readonly Operation[] {
  return Object.values(paths).flatMap((item) => Object.values(item));
}

/** Every schema in a value, at any depth. */
function schemasIn(value: unknown): readonly Json[] {
  if (value === null || typeof value !== 'object') return [];
  const inner = Object.values(value).flatMap(schemasIn);
  return Array.isArray(value) ? inner : [value as Json, ...inner];
}

function validatorFor(document: Document): (schema: Json) => ValidateFunction {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addFormat('email', /^[^@\s]+@[^@\s]+$/);
  ajv.addFormat('date-time', true);
  ajv.addFormat('uri', true);
  ajv.addSchema(document, 'openapi.json');
  return (schema) => {
    const text = JSON.stringify(schema).replaceAll('"#/components', '"openapi.json#/components');
    return ajv.compile(JSON.parse(text) as Json);
  };
}

function bodySchema(document: Document, { method, path }: Endpoint): Json {
  const schema =
    document.paths[openApiPath(path)]?.[method]?.requestBody?.content['application/json']?.schema;
  if (!schema) throw new Error(`${method} ${path} has no body.`);
  return schema;
}

/** Values of several types, and edge cases of strings. */
const VALUES: readonly unknown[] = [
  undefined,
  null,
  true,
  false,
  7,
  0,
  -1,
  1.5,
  1e300,
  '',
  ' ',
  '\0',
  'a\0b',
  'a b',
  'a\nb',
  'abc',
  'ada@example.com',
  '@',
  '+14155550123',
  '+٣٤٥٦٧٨',
  '123456',
  '١٢٣٤٥٦',
  'Ünïcödé-😀',
  'x'.repeat(20),
  'x'.repeat(300),
  'x'.repeat(20_000),
  'Correct-horse-7',
  'correct-horse-7',
  'Correct horse 7',
  'PASSWORD',
  'true',
  '{}',
  '[]',
  '["usb"]',
  '{"deviceKey":"us-east-1_a1"}',
  '{"enabled":true}',
  [],
  ['usb'],
  ['USB'],
  [7],
  {},
  { a: 1 },
  { enabled: true },
  { enabled: 'true' },
];

interface Variation {
  /** Name of the changed member. */
  readonly changed: string;
  readonly given: unknown;
}

/** The body with one of its members, at any depth, replaced, omitted or added. */
function variationsOf(body: unknown): readonly Variation[] {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) return [];
  const replaced = Object.entries(body).flatMap(([name, inner]) => {
    const { [name]: _old, ...rest } = body as Json;
    const others = [...VALUES.map((given) => ({ changed: name, given })), ...variationsOf(inner)];
    return others.map(({ changed, given }) => ({
      changed,
      given: given === undefined ? rest : { ...rest, [name]: given },
    }));
  });
  const added = { more: 1, email_verified: 'true' };
  return [
    ...replaced,
    ...Object.entries(added).map(([name, value]) => ({ changed: name, given: { ...body, [name]: value } })),
  ];
}

/** Members that the server accepts with extra spaces, unlike the document. */
const RELAXED = ['email', 'phoneNumber', 'username', 'confirmationCode', 'accountName', 'deviceName'];

for (const [title, config] of Object.entries(CONFIGS)) {
  describe(`OpenAPI document with ${title}`, () => {
    const settings = settingsOf(config);
    const document = documentOf(settings);
    const compile = validatorFor(document);
    const operations = atLeast(30, operationsOf(document));
    const schemas = atLeast(100, schemasIn(document));

    it('has a description of every operation that differs from its summary', () => {
      for (const { operationId, summary, description = '' } of operations) {
        expect(description, operationId)
          .to.match(/^[A-Z].{20,250}\.$/)
          .and.not.equal(summary);
      }
    });

    it('has examples that match exactly one of their alternative schemas', () => {
      let examples = 0;
      for (const { operationId, requestBody, responses } of operations) {
        const media = [requestBody, ...Object.values(responses)].flatMap((part) =>
          Object.values(part?.content ?? {}),
        );
        for (const { schema, example } of media) {
          if (example === undefined) continue;
          const named =
            typeof schema.$ref === 'string'
              ? document.components.schemas[schema.$ref.split('/').at(-1) ?? '']
              : schema;
          const shapes = (named?.oneOf ?? [schema]) as readonly Json[];
          const fitting = shapes.filter((shape) => compile(shape)(example));
          expect(fitting, `${operationId}: ${JSON.stringify(example)}`).to.have.lengthOf(1);
          examples++;
        }
      }
      expect(examples).to.be.above(operations.length);
    });

    it('names every alternative of a oneOf, with names that generators can distinguish', () => {
      const names = Object.keys(document.components.schemas);
      const plain = names.map((name) => name.replace(/[^A-Za-z0-9]/g, '').toLowerCase());
      expect(new Set(plain).size).to.equal(names.length);
      const choices = schemas.filter(({ oneOf }) => Array.isArray(oneOf));
      for (const { oneOf, properties } of atLeast(2, choices)) {
        for (const shape of oneOf as readonly Json[]) {
          expect(Object.keys(shape)).to.deep.equal(
            properties === undefined && '$ref' in shape ? ['$ref'] : ['required'],
          );
        }
      }
    });

    it('has no anyOf or oneOf beside properties, which generators misread', () => {
      for (const { properties, anyOf, oneOf } of schemas) {
        if (properties && typeof properties === 'object' && 'type' in properties === false) {
          expect([anyOf, oneOf].filter(Array.isArray)).to.deep.equal([]);
        }
      }
    });

    it('has patterns with the same meaning in every regular expression engine', () => {
      const patterns = schemas.flatMap(({ pattern }) => (typeof pattern === 'string' ? [pattern] : []));
      expect(patterns).to.have.lengthOf.above(10);
      for (const pattern of new Set(patterns)) {
        // No look-around and no named groups; only escapes that Python, RE2 and both modes of JavaScript support.
        expect(pattern).to.not.match(/\(\?(?!:)/);
        expect(pattern.match(/\\(x[0-9a-f]{2}|.)/g) ?? [], pattern).to.satisfy((escapes: readonly string[]) =>
          escapes.every((sequence) => /^\\(x[0-9a-f]{2}|[sb^$*+.[\](){}?"!@#%&/\\,|_~`=-])$/.test(sequence)),
        );
        const [plain, unicode] = [new RegExp(pattern), new RegExp(pattern, 'u')];
        for (const value of VALUES) {
          if (typeof value === 'string')
            expect(plain.test(value), `${pattern} ${value}`).to.equal(unicode.test(value));
        }
      }
    });

    it('accepts no body that the endpoint refuses, and refuses none that it accepts unchanged', () => {
      const served = new Set(endpointsFor(settings).map(({ name }) => name));
      let allowed = 0;
      for (const { endpoint, body } of SAMPLE_POSTS) {
        const joi = endpoint.body?.(settings);
        if (!joi || !served.has(endpoint.name)) continue;
        const check = compile(bodySchema(document, endpoint));
        const { email, session, refreshToken, device, ...rest } = body as Json;
        const bodies = [
          body,
          rest,
          { ...rest, username: 'ada' },
          { email, ...rest, everywhere: true },
          { ...rest, session },
          {},
        ];
        const whole = bodies.map((given) => ({ changed: '', given }));
        for (const { changed, given } of [...whole, ...bodies.flatMap(variationsOf)]) {
          const validated = validateBody(joi, given);
          const context = `${endpoint.name} ${JSON.stringify(given).slice(0, 300)}`;
          const fits = check(given);
          if (fits) {
            allowed++;
            expect('problem' in validated ? validated.problem.errors : undefined, context).to.equal(
              undefined,
            );
          } else if ('body' in validated && !RELAXED.includes(changed)) {
            expect.fail(`${context}: ${JSON.stringify(check.errors)}`);
          }
        }
      }
      expect(allowed).to.be.above(200);
    });
  });
}

describe('OpenAPI document', () => {
  const checkFor = (config: Config, name: string): ValidateFunction => {
    const settings = settingsOf(config);
    const endpoint = endpointsFor(settings).find((each) => each.name === name);
    if (!endpoint) throw new Error(`There is no ${name}.`);
    const document = documentOf(settings);
    return validatorFor(document)(bodySchema(document, endpoint));
  };

  it('requires refreshToken or everywhere at sign-out, unless the token can be in a cookie', () => {
    const check = checkFor({}, 'signOut');
    expect([{}, { everywhere: false }].map((body) => check(body))).to.deep.equal([false, false]);
    const enough = [{ refreshToken: 'r' }, { everywhere: true }, { refreshToken: 'r', everywhere: false }];
    expect(enough.map((body) => check(body))).to.deep.equal([true, true, true]);
    for (const transport of ['cookie', 'both'] as const) {
      expect(checkFor({ transport }, 'signOut')({})).to.equal(true);
    }
  });

  it('requires a password or acr at step-up, unless a sign-in can start without a password', () => {
    expect(checkFor({}, 'stepUp')({})).to.equal(false);
    expect(checkFor({}, 'stepUp')({ acr: 'urn:cognito:loa:4' })).to.equal(true);
    expect(checkFor({ authFlow: 'USER_AUTH' }, 'stepUp')({})).to.equal(true);
  });

  it('requires both secrets of a device or none', () => {
    const check = checkFor({}, 'signIn');
    const given = { email: 'ada@example.com', password: 'x' };
    const deviceKey = 'us-east-1_a1b2';
    expect(check({ ...given, device: { deviceKey } })).to.equal(true);
    expect(check({ ...given, device: { deviceKey, devicePassword: 'p' } })).to.equal(false);
    expect(check({ ...given, device: { deviceKey, deviceGroupKey: 'g' } })).to.equal(false);
    expect(check({ ...given, device: { deviceKey, deviceGroupKey: 'g', devicePassword: 'p' } })).to.equal(
      true,
    );
  });

  it('has a pattern that accepts only a returnTo of the same origin', () => {
    const operation = operationsOf(documentOf(settingsOf(MANAGED_LOGIN))).find(
      (each) => each.operationId === 'startManagedLogin',
    );
    const schema = operation?.parameters?.find(({ name }) => name === 'returnTo')?.schema ?? {};
    const check = new Ajv2020({ strict: false }).compile(schema);
    for (const path of [
      '/',
      '/reports',
      '/a//b?next=https://x.example#y',
      '/.well-known',
      '/%41',
      '/%2e',
      '/é',
      '/?a',
    ]) {
      expect(check(path), path).to.equal(true);
    }
    for (const path of [
      '',
      'reports',
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      '/a\tb',
      '/%2fevil',
      '/%5Cevil',
      '\\/x',
      `/${'x'.repeat(512)}`,
    ]) {
      expect(check(path), path).to.equal(false);
    }
  });
});
