import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { withTables } from './docs-setup.ts';
import { ROOT } from './docs-source.ts';

/** The pages about one task each, in the order of a reader's way. */
export const TASK_PAGES: readonly string[] = [
  'getting-started',
  'init',
  'user-pool-setup',
  'migrate-from-a-cognito-service',
  'migrate-from-amplify',
  'migrate-from-jwt-middleware',
  'migrate-from-passport',
  'migrate-from-express-openid-connect',
  'migrate-from-a-user-table',
  'protect-routes',
  'sockets-and-queues',
  'sign-in-methods',
  'passkeys',
  'mfa-and-devices',
  'sessions',
  'cookies',
  'cross-origin',
  'managed-login',
  'customize',
  'openapi',
  'threat-protection',
  'rate-limits',
  'operations',
  'metrics',
  'scaling',
  'lambda',
  'testing',
  'cognito-for-tests',
  'local-user-pool',
];

/** A page that is not named here comes last. */
const ORDER = [...TASK_PAGES, 'security', 'troubleshooting'];

/** The section that llmstxt.org lets a reader skip. */
const OPTIONAL = ['comparison', 'glossary', 'support', 'architecture'];

/** The list of contents, because `llms.txt` is one itself, and a page that is generated. */
const LEFT_OUT = ['README', 'verified'];

interface Page {
  readonly path: string;
  readonly text: string;
}

/** The written pages of `docs/`, in their order. */
export function writtenPages(): Page[] {
  const rank = (name: string): number => {
    const index = [...ORDER, ...OPTIONAL].indexOf(name);
    return index === -1 ? ORDER.length + OPTIONAL.length : index;
  };
  return readdirSync(join(ROOT, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => file.slice(0, -3))
    .filter((name) => !LEFT_OUT.includes(name))
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map((name) => pageAt(`docs/${name}.md`));
}

/** A written page, with its generated tables. */
export function pageAt(path: string): Page {
  return { path, text: withTables(path, readFileSync(join(ROOT, path), 'utf8')) };
}

/** `llms.txt`, in the format of https://llmstxt.org: a title, a summary, and links with a line each. */
export function llmsIndex(reference: readonly Page[]): string {
  const pages = writtenPages();
  const isOptional = ({ path }: Page): boolean => OPTIONAL.includes(posix.basename(path, '.md'));
  const { title, summary } = headOf(pageAt('README.md'));
  const links = (of: readonly Page[]): string => of.map(link).join('\n');
  const sections: readonly (readonly [string, readonly Page[]])[] = [
    ['Documentation', [pageAt('README.md'), ...pages.filter((page) => !isOptional(page))]],
    ['Reference', reference],
    ['Optional', pages.filter(isOptional)],
  ];
  return `${[
    `# ${title}`,
    `> ${summary}`,
    ...sections.filter(([, of]) => of.length > 0).map(([name, of]) => `## ${name}\n\n${links(of)}`),
  ].join('\n\n')}\n`;
}

function link(page: Page): string {
  const { title, summary } = headOf(page);
  return `- [${title}](${page.path}): ${firstSentence(summary)}`;
}

/** The title and the first paragraph. */
function headOf({ path, text }: Page): { title: string; summary: string } {
  const [, title, summary] = /^# (.+)\n+((?![#|<]|```|- ).+\n(?:.+\n)*)/m.exec(text) ?? [];
  if (title === undefined || summary === undefined) {
    throw new Error(`${path} has to begin with a title and a paragraph that says what it is about.`);
  }
  return { title, summary: plain(summary.trim().replaceAll('\n', ' ')) };
}

function plain(markdown: string): string {
  return markdown.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1');
}

function firstSentence(text: string): string {
  return /^.+?\.(?= |$)/.exec(text)?.[0] ?? text.replace(/:$/, '.');
}

/** `llms-full.txt`: the README and all pages, one after the other. */
export function llmsFull(reference: readonly Page[]): string {
  return [pageAt('README.md'), ...writtenPages(), ...reference].map(fromRoot).join('\n---\n\n');
}

/** A page as it reads in the root of the package, where its relative links have to lead to the same files. */
function fromRoot({ path, text }: Page): string {
  const moved = text.replaceAll(/\]\((?!https?:|#|mailto:)([^)\s]+)\)/g, (_all, target: string) => {
    return `](${posix.join(posix.dirname(path), target)})`;
  });
  return `<!-- ${path} -->\n\n${moved}`;
}
