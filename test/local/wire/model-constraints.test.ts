import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { OPERATIONS } from '../../../src/local/operations/table.ts';
import type { Kind, Member, Shape } from '../../../src/local/wire/input.ts';
import { ROOT } from '../../support/documentation.ts';
import { isTested, NO_BOTO3, pythonWith, skipWithout } from '../../support/installed-programs.ts';

/** A shape of the service model that botocore ships, which is AWS's own API model. */
interface ModelShape {
  readonly type: string;
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly document?: boolean;
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
  readonly member?: { readonly shape: string };
  readonly key?: { readonly shape: string };
  readonly value?: { readonly shape: string };
}

interface Model {
  readonly operations: Readonly<Record<string, { readonly input?: { readonly shape: string } }>>;
  readonly shapes: Readonly<Record<string, ModelShape>>;
}

/** The release whose model the local pool follows. Others have other rules. */
const BOTOCORE = /^botocore==(.+)$/m.exec(
  readFileSync(new URL('test/foreign/requirements.txt', ROOT), 'utf8'),
)?.[1];

const PRINT_VERSION = 'import botocore; print(botocore.__version__)';
const PRINT_MODEL =
  'import json, botocore.session as s; print(json.dumps(s.get_session().get_component("data_loader").load_service_model("cognito-idp", "service-2")))';

/** Shapes of the model whose rules the local pool does not have, each with the reason. */
const OTHER_RULES: Readonly<Record<string, string>> = {
  AttributeNameType: 'a captured answer quotes the pattern without white space',
  PasswordType: 'a captured answer quotes another pattern',
  DomainType: 'custom domains have dots; prefixes have a text of their own',
  EmailMfaSubjectType: 'the API reference has 1 to 140 characters',
  SessionType: 'the API reference has had two maximums',
  IntegerType: 'the type of the protocol has 32 bits',
  PrecedenceType: 'the type of the protocol has 32 bits',
  WrappedIntegerType: 'the API reference lists the versions 1 and 2',
};

/** Members that are texts of any form in the model. The API reference has their rules. */
const ANY_TEXT = 'StringType';

const LONGEST = 131_072;

function rulesOf(shape: ModelShape): string[] {
  const { min = 0, max = LONGEST, pattern } = shape;
  const [most, least] =
    shape.type === 'string'
      ? ['have length less than or equal to', 'have length greater than or equal to']
      : ['have value less than or equal to', 'have value greater than or equal to'];
  return [
    ...(shape.max === undefined || max === LONGEST ? [] : [`${most} ${max}`]),
    ...(shape.min === undefined || (shape.type === 'string' && min === 0) ? [] : [`${least} ${min}`]),
    ...(pattern === undefined || pattern === '(?s).*'
      ? []
      : [`satisfy regular expression pattern: ${pattern}`]),
  ].sort();
}

function* differences(model: Model, name: string, member: Member<unknown>, path: string): Generator<string> {
  const shape = model.shapes[name];
  if (!shape || shape.document || Object.hasOwn(OTHER_RULES, name)) return;
  const { kind } = member;
  const scalars = ['string', 'integer', 'long', 'boolean', 'blob'];
  const type = scalars.includes(shape.type) ? 'scalar' : shape.type;
  if (kind.type === 'structure' && type === 'structure') yield* inStructure(model, shape, kind.shape, path);
  else if (kind.type === 'list' && type === 'list') {
    const [ours, theirs] = [`${kind.min ?? 0} to ${kind.max}`, `${shape.min ?? 0} to ${shape.max}`];
    if (ours !== theirs) yield `${path}: ${ours} entries, and ${theirs} in the model`;
    yield* differences(model, shape.member?.shape ?? '', kind.item, `${path}[]`);
  } else if (kind.type === 'map' && type === 'map') {
    yield* inMap(model, shape.key?.shape, kind.key, `${path} (keys)`);
    yield* inMap(model, shape.value?.shape, kind.value, `${path} (values)`);
  } else if (kind.type === 'scalar' && type === 'scalar') yield* inScalar(shape, name, kind, path);
}

/** The members of `AcrConfiguration` are a map in the model, and a structure here: the keys are a pattern. */
function* inStructure(model: Model, shape: ModelShape, ours: Shape, path: string): Generator<string> {
  for (const [name, { shape: type }] of Object.entries(shape.members ?? {})) {
    const member = Object.hasOwn(ours, name) ? ours[name] : undefined;
    if (!member) yield `${path}.${name} is missing`;
    else yield* differences(model, type, member, `${path}.${name}`);
  }
}

function* inMap(
  model: Model,
  name: string | undefined,
  member: Member<unknown> | undefined,
  path: string,
): Generator<string> {
  const shape = model.shapes[name ?? ''];
  if (!shape || rulesOf(shape).length === 0) return;
  if (!member) yield `${path}: no rules, and in the model ${rulesOf(shape)}`;
  else yield* differences(model, name ?? '', member, path);
}

function* inScalar(
  shape: ModelShape,
  name: string,
  kind: Extract<Kind, { type: 'scalar' }>,
  path: string,
): Generator<string> {
  if (name === ANY_TEXT || kind.values !== undefined || !['string', 'integer', 'long'].includes(shape.type))
    return;
  const ours = kind.rules
    .filter((rule) => !rule.endsWith(` ${LONGEST}`) && rule !== 'have length greater than or equal to 0')
    .sort();
  const theirs = rulesOf(shape);
  if (ours.join() !== theirs.join()) yield `${path}: ${ours}; in the model ${theirs}`;
}

if (isTested('REQUIRE_PYTHON')) {
  describe('The constraints of the local pool', () => {
    let model: Model;
    before(function () {
      const python = pythonWith('boto3') ?? skipWithout(this, 'REQUIRE_PYTHON', NO_BOTO3);
      const print = (program: string): string =>
        execFileSync(python, ['-c', program], { encoding: 'utf8', maxBuffer: 2 ** 26 }).trim();
      const installed = print(PRINT_VERSION);
      if (installed !== BOTOCORE) {
        const reason = `the model of botocore ${BOTOCORE} is needed, and ${installed} is installed`;
        skipWithout(this, 'REQUIRE_PYTHON', reason);
      }
      model = JSON.parse(print(PRINT_MODEL)) as Model;
    });

    it('are those of the API model that botocore ships', () => {
      const operations = Object.entries(OPERATIONS).filter(([name]) => model.operations[name]?.input);
      expect(operations).to.have.length.above(100);
      const found = operations.flatMap(([name, { shape }]) => {
        const input = model.shapes[model.operations[name]?.input?.shape ?? ''];
        return input ? [...inStructure(model, input, shape, name)] : [];
      });
      expect(found).to.deep.equal([]);
    });

    it('differ for shapes that the model has', () => {
      expect(Object.keys(model.shapes)).to.include.members(Object.keys(OTHER_RULES));
    });
  });
}
