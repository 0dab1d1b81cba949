import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { expect } from 'chai';
import { SymbolFlags } from 'typescript/unstable/sync';
import { generatedDocuments } from '../scripts/docs-all.ts';
import { anchorOf, headingsOf, kebabCase, page, table } from '../scripts/docs-markdown.ts';
import { type FunctionOptions, meaningAtCognito, readOptions } from '../scripts/docs-options.ts';
import { type Schema, typeOf } from '../scripts/docs-schema.ts';
import { PAGES_WITH_TABLES } from '../scripts/docs-setup.ts';
import { exportsOf, ROOT, readProject } from '../scripts/docs-source.ts';
import { OPTION_NAMES } from '../src/config/option-checks.ts';
import { CHALLENGES } from '../src/endpoints/challenges.ts';
import { ALL_ENDPOINTS } from '../src/endpoints/table.ts';
import { OPERATIONS } from '../src/local/operations/table.ts';
import { PROBLEMS } from '../src/shared/problem.ts';
import { expectCheckedIn } from './support/checked-in.ts';

const PAGES = ['endpoints', 'errors', 'options', 'local-pool-operations'].map(
  (name) => `docs/reference/${name}.md`,
);
const FILES = [...PAGES, 'docs/verified.md', ...PAGES_WITH_TABLES, 'llms.txt', 'llms-full.txt'];

/** The entry points that export functions. */
const ENTRIES = [
  ...['index.ts', 'require-auth.ts', 'redis/index.ts', 'local/index.ts', 'testing/index.ts'],
  ...['browser-tests/playwright.ts', 'browser-tests/cypress.ts'],
];

describe('Generated documents', () => {
  let documents: ReadonlyMap<string, string>;
  let options: readonly FunctionOptions[];

  before(() => {
    documents = generatedDocuments();
    options = readOptions();
  });

  const anchorsOf = (path: string): string[] =>
    headingsOf(documents.get(path) ?? readFileSync(join(ROOT, path), 'utf8')).map(anchorOf);

  it('include the reference pages and the files for language models', () => {
    expect([...documents.keys()]).to.deep.equal(FILES);
  });

  for (const path of FILES) {
    it(`are checked in as generated from the code (${path})`, () => {
      expectCheckedIn(path, documents.get(path) ?? '', 'npm run docs');
    });
  }

  it('have an anchor for every endpoint', () => {
    const names = ALL_ENDPOINTS.map(({ name }) => kebabCase(name));
    expect(names).to.include.members(['sign-in', 'start-managed-login']);
    expect(anchorsOf('docs/reference/endpoints.md')).to.include.members(names);
  });

  it('have an anchor for the body of every challenge', () => {
    const names = Object.keys(CHALLENGES).map((name) => name.toLowerCase());
    expect(names).to.include('web_authn');
    expect(anchorsOf('docs/reference/endpoints.md')).to.include.members(names);
  });

  it('have an anchor with the name of every error code', () => {
    const codes = Object.keys(PROBLEMS);
    expect(codes).to.include('validation_failed');
    expect(anchorsOf('docs/reference/errors.md')).to.include.members(codes);
  });

  it('have an anchor for every option of createCognitoRouter', () => {
    const names = OPTION_NAMES.map((name) => name.toLowerCase());
    expect(names).to.include('authflow');
    expect(anchorsOf('docs/reference/options.md')).to.include.members(names);
  });

  it('have a row for every operation of the local user pool', () => {
    const names = Object.keys(OPERATIONS);
    expect(names).to.include('AdminCreateUser');
    const text = documents.get('docs/reference/local-pool-operations.md');
    for (const name of names) expect(text).to.match(new RegExp(`^\\| \\[\`${name}\`\\]`, 'm'));
  });

  it('link only to headings that exist', () => {
    const links = PAGES.flatMap((path) =>
      [...(documents.get(path) ?? '').matchAll(/\]\((?!https:)([^)#]*)#([^)]+)\)/g)].map(
        ([link, file = '', anchor = '']) => ({ link, path, file, anchor }),
      ),
    );
    expect(links).to.have.length.greaterThan(500);
    for (const { link, path, file, anchor } of links) {
      const target = file === '' ? path : posix.join(posix.dirname(path), file);
      expect(anchorsOf(target), `${link} in ${path}`).to.include(anchor);
    }
  });

  it('state nested members, types, defaults and inherited members of options', () => {
    const router = options.find(({ name }) => name === 'createCognitoRouter')?.options ?? [];
    const find = (path: string): object | undefined => router.find((option) => option.path === path);
    expect(find('signInWith')).to.include({
      type: "'email' | 'phoneNumber' | 'username' | readonly ('email' | 'phoneNumber' | 'username')[]",
      default: "`'email'`",
      optional: true,
    });
    expect(find('rateLimits.address.*.limit')).to.include({ type: 'number', optional: false });
    expect(find('revocation.store.revoke()')).to.include({
      type: '(key: string, upTo: number, until: number): void | Promise<void>',
    });
    expect(find('cookies.sameSite')).to.include({ type: "'lax' | 'strict'", default: "`'lax'`" });
  });

  it('have a description of every option', () => {
    const undescribed = options.flatMap(({ options: all }) =>
      all
        .filter(({ path, meaning }) => meaning === '' && meaningAtCognito(path) === '')
        .map(({ heading }) => heading),
    );
    expect(undescribed, 'write a doc comment').to.deep.equal([]);
  });

  it('list every page of llms-full.txt in llms.txt', () => {
    const written = [...(documents.get('llms-full.txt') ?? '').matchAll(/^<!-- (\S+\.md) -->$/gm)];
    const paths = written.map(([, path = '']) => path);
    expect(paths).to.include.members(['README.md', ...PAGES]);
    for (const path of paths) {
      expect(documents.get('llms.txt')).to.include(`](${path}): `);
      expect(existsSync(join(ROOT, path)), path).to.equal(true);
    }
  });
});

describe('Public functions', () => {
  it('have an @example in their doc comments', () => {
    const examples = readProject('tsconfig.build.json', (project) => {
      const { checker } = project;
      return ENTRIES.flatMap((entry) => exportsOf(project, join(ROOT, 'src', entry)))
        .filter(({ symbol }) => symbol.flags & SymbolFlags.Function)
        .map(({ name, symbol }) => ({
          name,
          has: checker.getJsDocTagsOfSymbol(symbol).some((tag) => tag.name === 'example'),
        }));
    });
    const missing = examples.filter(({ has }) => !has).map(({ name }) => name);
    expect(examples.map(({ name }) => name)).to.include.members([
      'createCognitoRouter',
      'requireAuth',
      'redisStores',
      'startLocalUserPool',
      'createTestIssuer',
    ]);
    expect([...new Set(missing)]).to.deep.equal([]);
  });
});

describe('Support policy', () => {
  it('names every release line of Node that CI tests', () => {
    const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
    const lines = /^NODES='(.+)'$/m.exec(read('.ci/run'))?.[1]?.split(' ') ?? [];
    expect(lines).to.include('24');
    const [table = ''] = /^\|[\s\S]*?\n\n/m.exec(read('docs/support.md')) ?? [];
    for (const line of lines) expect(table).to.match(new RegExp(`^\\| Node .*\\b${line}\\b`, 'm'));
  });
});

describe('Markdown of the generated documents', () => {
  it("has GitHub's anchors for its headings", () => {
    expect(anchorOf('`requireAuth: cache.maxEntries`')).to.equal('requireauth-cachemaxentries');
    expect(anchorOf('If it does not work')).to.equal('if-it-does-not-work');
    expect(anchorOf('SMS_MFA')).to.equal('sms_mfa');
  });

  it('cannot have two headings with the same anchor', () => {
    expect(() => page(['# a', '## B c', '## `b c`'])).to.throw('#b-c');
  });

  it('ignores the lines of code blocks as headings', () => {
    expect(headingsOf('# a\n\n```sh\n# b\n```\n\n## c\n')).to.deep.equal(['a', 'c']);
  });

  it('escapes pipes and line breaks within a table cell', () => {
    expect(table(['a'], [['x | y\nz']])).to.equal('| a |\n|---|\n| x \\| y z |');
  });

  it('cannot be generated from a JSON Schema keyword without a description', () => {
    const schema = { type: 'string', contentEncoding: 'base64' } as Schema;
    expect(() => typeOf(schema)).to.throw('contentEncoding');
  });

  it('fails the comparison with a missing file', () => {
    expect(() => expectCheckedIn('docs/reference/none.md', 'text', 'npm run docs')).to.throw('npm run docs');
  });
});
