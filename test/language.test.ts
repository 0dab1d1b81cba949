import { readdir, readFile } from 'node:fs/promises';
import { expect } from 'chai';
import {
  type Page,
  proseOf,
  ROOT,
  readPage,
  readPages,
  sentencesOf,
  tableRows,
} from './support/documentation.ts';

const GLOSSARY = 'docs/glossary.md';

describe('Language of the glossary', () => {
  let banned: Map<string, string>;

  before(async () => {
    const { text } = await readPage(GLOSSARY);
    banned = bannedWords(text);
  });

  it('has sorted rows of a term, a meaning and the words that the term replaces', async () => {
    const rows = tableRows((await readPage(GLOSSARY)).text);
    expect(rows.length).to.be.greaterThan(25);
    for (const row of rows) {
      expect(row, row.join(' | ')).to.have.lengthOf(3);
      expect(row[0], row.join(' | ')).to.not.equal('');
      expect(row[1], row.join(' | ')).to.not.equal('');
    }
    const terms = rows.map(([term = '']) => term);
    expect(terms).to.deep.equal([...terms].sort((a, b) => a.localeCompare(b, 'en')));
    expect(banned.size).to.be.greaterThan(20);
  });

  it('bans a word in any case and across a line break, but not within another word', () => {
    expect(findBanned('In this case NoBody\ngets in.', banned)).to.deep.equal([
      'gets in (unavailable)',
      'nobody (user)',
    ]);
    expect(findBanned('The `nobody` of code, and a nobodyish word.', banned)).to.deep.equal([]);
  });

  it('is used in README.md, docs and the gallery of examples', async () => {
    const found = (await readPages()).flatMap((page) =>
      findBanned(withoutBannedColumn(page), banned).map((word) => `${page.path}: ${word}`),
    );
    expect(found).to.deep.equal([]);
  });

  it('excludes headings and statements that start with "what", "who", "whoever" or "nobody"', async () => {
    const found = (await readPages()).flatMap((page) =>
      sentencesOf(withoutBannedColumn(page))
        .filter((sentence) => /^[#*\s-]*(?:what|who|whoever|nobody)\b.*[^?]$/i.test(sentence))
        .map((sentence) => `${page.path}: ${sentence}`),
    );
    expect(found).to.deep.equal([]);
  });

  it('is used in the doc comments of the public API', async () => {
    const root = await readdir(new URL('src/', ROOT));
    const config = await readdir(new URL('src/config/', ROOT), { recursive: true });
    const files = [...root, ...config.map((name) => `config/${name}`)].filter((name) => name.endsWith('.ts'));
    expect(files.length).to.be.greaterThan(10);
    const found: string[] = [];
    for (const file of files) {
      const source = await readFile(new URL(`src/${file}`, ROOT), 'utf8');
      for (const comment of docComments(source))
        found.push(...findBanned(comment, banned).map((word) => `src/${file}: ${word}`));
    }
    expect(found).to.deep.equal([]);
  });
});

function withoutBannedColumn({ path, text }: Page): string {
  return path === GLOSSARY ? text.replaceAll(/^(\|[^|]*\|[^|]*\|).*$/gm, '$1') : text;
}

/** Each banned word with the term to use instead. */
function bannedWords(glossary: string): Map<string, string> {
  return new Map(
    tableRows(glossary).flatMap(([term = '', , not = '']) =>
      not
        .split(', ')
        .filter((word) => word !== '')
        .map((word) => [word, term] as const),
    ),
  );
}

function findBanned(markdown: string, banned: ReadonlyMap<string, string>): string[] {
  const prose = proseOf(markdown).replaceAll(/\s+/g, ' ');
  return [...banned]
    .filter(([word]) => new RegExp(`(?<![\\p{L}\\p{N}-])${word}(?![\\p{L}\\p{N}-])`, 'iu').test(prose))
    .map(([word, term]) => `${word} (${term})`);
}

function docComments(source: string): string[] {
  return [...source.matchAll(/\/\*\*([\s\S]*?)\*\//g)].map(([, text = '']) =>
    text.replaceAll(/^\s*\* ?/gm, '').replaceAll(/\{@link [^}]*\}/g, ''),
  );
}
