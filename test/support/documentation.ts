import { readdir, readFile } from 'node:fs/promises';

export const ROOT = new URL('../../', import.meta.url);

/** A page of the documentation. `path` is relative to the root of the repository, such as `docs/sessions.md`. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

export interface Block {
  readonly page: string;
  readonly language: string;
  readonly code: string;
}

const FENCE = /^( *)```(\w+)\n([\s\S]*?)^ *```$/gm;

export async function readPage(path: string): Promise<Page> {
  return { path, text: await readFile(new URL(path, ROOT), 'utf8') };
}

/** Every page in the npm package: README.md, docs/** and the gallery of examples. */
export async function readPages(): Promise<Page[]> {
  const docs = await readdir(new URL('docs/', ROOT), { recursive: true });
  const paths = docs.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`);
  return Promise.all(['README.md', 'examples/README.md', ...paths.sort()].map(readPage));
}

export function blocksOf({ path, text }: Page): Block[] {
  return [...text.matchAll(FENCE)].map(([, indent = '', language = '', code = '']) => ({
    page: path,
    language,
    code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}

/** Returns the prose of a page, without code blocks, code spans, comments and link targets. */
export function proseOf(markdown: string): string {
  return markdown
    .replaceAll(FENCE, '')
    .replaceAll(/<!--[\s\S]*?-->/g, '')
    .replaceAll(/`[^`\n]+`/g, '`code`')
    .replaceAll(/\]\([^)]*\)/g, ']');
}

/** Returns the anchors that GitHub generates for the headings of a page. */
export function anchorsOf({ text }: Page): Set<string> {
  const anchors = new Set([...text.matchAll(/<a id="([^"]+)"/g)].map(([, id = '']) => id));
  const seen = new Map<string, number>();
  for (const [, title = ''] of text.replaceAll(FENCE, '').matchAll(/^#+ (.+)$/gm)) {
    const slug = title
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    anchors.add(count === 0 ? slug : `${slug}-${count}`);
  }
  return anchors;
}

/** Returns the rows of the first table below a heading, or of the page, without the header row. */
export function tableRows(text: string, heading?: string): string[][] {
  const from = heading === undefined ? 0 : text.indexOf(`\n${heading}\n`);
  if (from < 0) return [];
  const [, rows = ''] = /(?:^\|.*\|\n)(?:^\|[-|: ]+\|\n)((?:^\|.*\|\n?)+)/m.exec(text.slice(from)) ?? [];
  return rows.trim().split('\n').map(cellsOf);
}

function cellsOf(row: string): string[] {
  return row
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}

/** Returns the sentences of paragraphs, list items and table cells. */
export function sentencesOf(markdown: string): string[] {
  return proseOf(markdown)
    .split(/\n(?=\s*(?:[-*|#]|\d+\.|\n))/)
    .flatMap((paragraph) => (paragraph.trim().startsWith('|') ? cellsOf(paragraph.trim()) : [paragraph]))
    .flatMap((paragraph) => paragraph.replaceAll(/\s+/g, ' ').split(/(?<=[.?!]["*)]{0,3}) /))
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '');
}

/** Returns the code of a `diff` block before its change. */
export function codeBefore(diff: string): string {
  return linesWithout('+', diff);
}

/** Returns the code of a `diff` block after its change. */
export function codeAfter(diff: string): string {
  return linesWithout('-', diff);
}

function linesWithout(sign: '+' | '-', diff: string): string {
  const lines = diff.split('\n').filter((line) => !line.startsWith(sign));
  return lines.map((line) => line.slice(1)).join('\n');
}
