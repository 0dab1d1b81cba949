import { join } from 'node:path';
import type { Node, TypeNode } from 'typescript/unstable/ast';
import {
  isArrayTypeNode,
  isFunctionTypeNode,
  isInterfaceDeclaration,
  isMappedTypeNode,
  isMethodSignatureDeclaration,
  isParenthesizedTypeNode,
  isPropertySignatureDeclaration,
  isTypeAliasDeclaration,
  isTypeLiteralNode,
  isTypeOperatorNode,
  isTypeReferenceNode,
  isUnionTypeNode,
} from 'typescript/unstable/ast/is';
import type { Symbol as Declared, Project } from 'typescript/unstable/sync';
import { anchorOf, apiReference, code, GENERATED, page, table } from './docs-markdown.ts';
import { exportsOf, original, ROOT, readProject } from './docs-source.ts';

/** The functions that take options, each with the type of these. */
const FUNCTIONS = [
  { name: 'createCognitoRouter', entry: 'index.ts', options: 'Config' },
  { name: 'requireAuth', entry: 'require-auth.ts', options: 'RequireAuthOptions' },
  {
    name: 'router.requireAuth',
    entry: 'index.ts',
    options: 'RouterAuthRules',
  },
  { name: 'router.close', entry: 'index.ts', options: 'CloseOptions' },
  {
    name: 'secretsManagerSecret',
    entry: 'index.ts',
    options: 'SecretsManagerOptions',
  },
  { name: 'redisStores', entry: 'redis/index.ts', options: 'RedisStoresOptions' },
  {
    name: 'startLocalUserPool',
    entry: 'local/index.ts',
    options: 'LocalUserPoolOptions',
  },
  { name: 'copyUserPool', entry: 'local/index.ts', options: 'CopyUserPoolOptions' },
  {
    name: 'createTestIssuer',
    entry: 'testing/index.ts',
    options: 'TestIssuerOptions',
  },
  {
    name: 'connectLocalPool',
    entry: 'browser-tests/playwright.ts',
    options: 'ConnectLocalPoolOptions',
  },
  {
    name: 'addLocalPoolCommands',
    entry: 'browser-tests/cypress.ts',
    options: 'LocalPoolCommandsOptions',
  },
] as const;

const GUIDE = 'https://docs.aws.amazon.com/cognito/latest/developerguide';

/** Members of these options are Cognito's own where the code says no more about them. */
const OF_COGNITO: Readonly<Record<string, string>> = {
  pool: `[CreateUserPool](${apiReference('CreateUserPool')})`,
  appClient: `[CreateUserPoolClient](${apiReference('CreateUserPoolClient')})`,
  triggers: `[the Lambda trigger](${GUIDE}/cognito-user-identity-pools-working-with-lambda-triggers.html) of this name`,
};

/** A longer list of literals is better looked up. */
const MAX_SPELT_OUT = 10;

export interface Option {
  /** Such as `rateLimits.store`; `[]` stands for each item of a list, `*` for each name of a record. */
  readonly path: string;
  readonly type: string;
  readonly optional: boolean;
  readonly meaning: string;
  readonly default: string | undefined;
}

/** An option with its heading on the page. */
export interface OptionSection extends Option {
  /** Names the function too where an earlier function has an option of this name. */
  readonly heading: string;
}

export interface FunctionOptions {
  readonly name: string;
  readonly type: string;
  readonly options: readonly OptionSection[];
}

/** The options of every function, nested members after the option that holds them. */
export function readOptions(): FunctionOptions[] {
  const taken = new Set<string>();
  return readProject('tsconfig.build.json', (project) =>
    FUNCTIONS.map(({ name, entry, options: type }) => {
      const found = exportsOf(project, join(ROOT, 'src', entry)).find((exported) => exported.name === type);
      if (!found) throw new Error(`${entry} does not export ${type}.`);
      const options = new OptionReader(project).membersOf(found.symbol, '').map((option) => ({
        ...option,
        heading: code(taken.has(topLevel(option.path)) ? `${name}: ${option.path}` : option.path),
      }));
      for (const { path } of options) taken.add(topLevel(path));
      return { name, type, options };
    }),
  );
}

function topLevel(path: string): string {
  return path.split(/[.[]/, 1).join();
}

class OptionReader {
  readonly #project: Project;

  constructor(project: Project) {
    this.#project = project;
  }

  membersOf(symbol: Declared, prefix: string): Option[] {
    const { checker } = this.#project;
    const type = checker.getDeclaredTypeOfSymbol(symbol);
    return checker.getPropertiesOfType(type).flatMap((member) => this.#read(member, prefix));
  }

  #read(member: Declared, prefix: string): Option[] {
    const { checker } = this.#project;
    const node = member.declarations[0]?.resolve();
    const documentation = checker.getDocumentationCommentOfSymbol(member);
    const path = `${prefix}${member.name}`;
    if (node && isMethodSignatureDeclaration(node)) {
      const type = typeText(node.getText().slice(member.name.length));
      return [{ path: `${path}()`, type, optional: false, ...meaningOf(documentation) }];
    }
    if (!node || !isPropertySignatureDeclaration(node) || !node.type) {
      throw new Error(`${path} is declared in a way that this generator does not read.`);
    }
    const option: Option = {
      path,
      type: typeText(this.#spellOut(node.type)),
      optional: node.postfixToken !== undefined,
      ...meaningOf(documentation),
    };
    return [option, ...this.#nested(node.type, path)];
  }

  /** The members of the objects that a type consists of. What other packages declare is theirs to document. */
  #nested(type: Node, path: string): Option[] {
    if (isParenthesizedTypeNode(type) || isTypeOperatorNode(type)) return this.#nested(type.type, path);
    if (isUnionTypeNode(type)) return type.types.flatMap((each) => this.#nested(each, path));
    if (isArrayTypeNode(type)) return this.#nested(type.elementType, `${path}[]`);
    if (isTypeLiteralNode(type)) {
      return type.members.flatMap((member) => {
        const symbol = this.#project.checker.getSymbolAtLocation(nameOf(member));
        return symbol ? this.#read(symbol, `${path}.`) : [];
      });
    }
    if (!isTypeReferenceNode(type)) return [];
    const [first, second] = type.typeArguments ?? [];
    const name = type.typeName.getText();
    if (name === 'Record' && second) return this.#nested(second, `${path}.*`);
    if (['Partial', 'Readonly'].includes(name) && first) return this.#nested(first, path);
    const declaration = this.#ourDeclaration(type.typeName);
    if (!declaration) return [];
    if (isTypeAliasDeclaration(declaration.node) && isMappedTypeNode(declaration.node.type)) {
      return this.#mapped(declaration.symbol, path);
    }
    if (isTypeAliasDeclaration(declaration.node)) return this.#nested(declaration.node.type, path);
    if (isInterfaceDeclaration(declaration.node)) return this.membersOf(declaration.symbol, `${path}.`);
    return [];
  }

  #ourDeclaration(name: Node): { symbol: Declared; node: Node } | undefined {
    const named = this.#project.checker.getSymbolAtLocation(name);
    const symbol = named && original(this.#project, named);
    const node = symbol?.declarations[0]?.resolve();
    const isOurs = node?.getSourceFile().fileName.startsWith(join(ROOT, 'src')) ?? false;
    return symbol && node && isOurs ? { symbol, node } : undefined;
  }

  /** The text of a type. Names that stand for a few literals or for a function are spelt out; members are listed on their own. */
  #spellOut(type: TypeNode): string {
    const spelt: { readonly node: Node; readonly text: string }[] = [];
    const visit = (node: Node): undefined => {
      const text = isTypeLiteralNode(node) ? 'object' : this.#meaningOfName(node);
      if (text === undefined) node.forEachChild(visit);
      else spelt.push({ node, text: needsParentheses(node, text) ? `(${text})` : text });
    };
    if (isFunctionTypeNode(type)) return type.getText();
    visit(type);
    const start = type.getStart();
    return spelt.reduceRight(
      (text, { node, text: meaning }) =>
        text.slice(0, node.getStart() - start) + meaning + text.slice(node.getEnd() - start),
      type.getText(),
    );
  }

  #meaningOfName(node: Node): string | undefined {
    if (!isTypeReferenceNode(node)) return undefined;
    const alias = this.#ourDeclaration(node.typeName)?.node;
    if (alias && isTypeAliasDeclaration(alias) && isFunctionTypeNode(alias.type)) return alias.type.getText();
    const type = this.#project.checker.getTypeAtLocation(node);
    const members = type?.isUnionType() ? type.getTypes() : [];
    const isShort = members.length > 0 && members.length <= MAX_SPELT_OUT;
    return isShort && members.every((member) => member.isStringLiteralType())
      ? members.map(({ value }) => `'${String(value)}'`).join(' | ')
      : undefined;
  }

  /** The members that a mapped type has, which are declared elsewhere as something else. */
  #mapped(symbol: Declared, path: string): Option[] {
    const { checker } = this.#project;
    const type = checker.getDeclaredTypeOfSymbol(symbol);
    return checker.getPropertiesOfType(type).map((member) => ({
      path: `${path}.${member.name}`,
      type: typeText(this.#nonNullable(member)),
      optional: true,
      ...meaningOf(checker.getDocumentationCommentOfSymbol(member)),
    }));
  }

  #nonNullable(member: Declared): string {
    const { checker } = this.#project;
    const type = checker.getTypeOfSymbol(member);
    const without = type && checker.getNonNullableType(type);
    if (!without) throw new Error(`${member.name} has no type.`);
    return checker.typeToString(without);
  }
}

function needsParentheses({ parent }: Node, text: string): boolean {
  if (isArrayTypeNode(parent)) return /=>| \| /.test(text);
  const others = isUnionTypeNode(parent) ? parent.types.filter((type) => type.getText() !== 'undefined') : [];
  return text.includes('=>') && others.length > 1;
}

function nameOf(member: Node): Node {
  const { name } = member as Node & { name?: Node };
  if (!name) throw new Error(`${member.getText()} has no name.`);
  return name;
}

/** One line, without the `undefined` that an optional member may be. */
function typeText(text: string): string {
  return text
    .replaceAll(/\/\*\*?[\s\S]*?\*\/|\/\/.*$/gm, '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/(?<=[(<]) | (?=[)>])|, ?(?=[)>])/g, '')
    .replace(/(?: \| undefined)?;?$/, '')
    .trim();
}

/** A doc comment is the meaning and, as one sentence of its own, `Default: ...`. */
function meaningOf(documentation: string): Pick<Option, 'meaning' | 'default'> {
  const text = documentation.replaceAll(/\s+/g, ' ').trim();
  const found = /(?:^| )Default:? (.+?)\.?(?=$|(?<=\.) [A-Z])/.exec(text);
  if (!found) return { meaning: text, default: undefined };
  const rest = text.slice(0, found.index) + text.slice(found.index + found[0].length);
  return { meaning: rest.trim(), default: found[1] };
}

/** `docs/reference/options.md`. */
export function optionsPage(): string {
  const functions = readOptions();
  return page([
    GENERATED,
    '# Options',
    `Every option of every function, from the doc comments of the code. Invalid options throw a \`TypeError\` when the
function is called. \`[]\` in a name stands for each item of a list, \`*\` for each name of a record.`,
    table(
      ['function', 'options'],
      functions.map(({ name, options }) => [
        `[\`${name}\`](#${anchorOf(name)})`,
        options
          .filter(({ path }) => !/[.[]/.test(path))
          .map(({ path, heading }) => `[\`${path}\`](#${anchorOf(heading)})`)
          .join(', '),
      ]),
    ),
    ...functions.flatMap(({ name, type, options }) => [
      `## ${name}`,
      `The type of the options is \`${type}\`.`,
      ...options.flatMap(section),
    ]),
  ]);
}

function section({ path, heading, type, optional, meaning, default: value }: OptionSection): string[] {
  const level = /[.[]/.test(path) ? '####' : '###';
  return [
    `${level} ${heading}`,
    meaning === '' ? meaningAtCognito(path) : meaning,
    [
      `- Type: ${code(type)}`,
      ...(optional || path.endsWith('()') ? [] : ['- Required']),
      ...(value === undefined ? [] : [`- Default: ${value}`]),
    ].join('\n'),
  ];
}

export function meaningAtCognito(path: string): string {
  const source = OF_COGNITO[/^(\w+)\./.exec(path)?.[1] ?? ''];
  return source === undefined ? '' : `As in ${source}.`;
}
