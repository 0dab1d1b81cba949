import { parseEnv } from 'node:util';
import { expect } from 'chai';
import { mergeEnv, printedLine } from '../../src/scaffold/env-file.ts';
import { mergeGitIgnore } from '../../src/scaffold/git-ignore.ts';
import { indentOf, mergePackage } from '../../src/scaffold/package-json.ts';

describe('A merged environment file', () => {
  it('keeps every line, its comments and its order, and appends the missing and empty variables', () => {
    const text = '# mine\nexport A="one # two"\n\nB=\nD=other\n';
    const {
      text: merged,
      added,
      kept,
    } = mergeEnv(text, [
      { name: 'A', value: 'one # two' },
      { name: 'B', value: 'new' },
      { name: 'C', value: 'three' },
      { name: 'D', value: 'four' },
    ]);
    expect(merged).to.equal(`${text}B=new\nC=three\n`);
    expect(parseEnv(merged)).to.include({ A: 'one # two', B: 'new', C: 'three', D: 'other' });
    expect(added.map(({ name }) => name)).to.deep.equal(['B', 'C']);
    expect(kept.map(({ name, differs }) => [name, differs])).to.deep.equal([
      ['A', false],
      ['D', true],
    ]);
  });

  it('starts a new line after a file that does not end with one', () => {
    expect(mergeEnv('A=1', [{ name: 'B', value: '2' }]).text).to.equal('A=1\nB=2\n');
  });

  it('prints no secret', () => {
    expect(printedLine({ name: 'A', value: 'hidden', secret: true })).to.equal('A=<secret>');
  });
});

describe('A merged .gitignore', () => {
  it('adds the missing patterns only', () => {
    const text = 'dist/\n/node_modules';
    expect(mergeGitIgnore(text, ['.env*', 'node_modules/'])).to.equal(`${text}\n.env*\n`);
    expect(mergeGitIgnore('', ['.env*'])).to.equal('.env*\n');
  });

  for (const line of ['.env*', '/.env*', '*.env*', '  .env*  '])
    it(`takes the line "${line}" for all files of variables`, () => {
      expect(mergeGitIgnore(`${line}\n`, ['.env*'])).to.equal(undefined);
    });

  for (const line of ['.env', '# .env*', '!.env*', 'src/.env*'])
    it(`does not take the line "${line}" for all files of variables`, () => {
      expect(mergeGitIgnore(`${line}\n`, ['.env*'])).to.equal(`${line}\n.env*\n`);
    });
});

describe('A merged package.json', () => {
  const entries = {
    type: 'module',
    scripts: { start: 'node server.js', test: 'node --test' },
    dependencies: { express: '^5.0.0', 'express-cognito-kit': '^0.1.0' },
    devDependencies: { tsx: '^4.0.0' },
  } as const;

  it('adds entries, and changes none', () => {
    const own = {
      name: 'shop',
      type: 'module',
      scripts: { test: 'mocha' },
      dependencies: { express: '4.21.0' },
      devDependencies: { 'express-cognito-kit': 'file:../kit' },
    } as const;
    const { text, keptScripts } = mergePackage(own, entries);
    expect(JSON.parse(text)).to.deep.equal({
      name: 'shop',
      type: 'module',
      scripts: { start: 'node server.js', test: 'mocha' },
      dependencies: { express: '4.21.0' },
      devDependencies: { 'express-cognito-kit': 'file:../kit', tsx: '^4.0.0' },
    });
    expect(keptScripts).to.deep.equal([{ name: 'test', command: 'node --test' }]);
  });

  it("takes npm's placeholder for a test as missing", () => {
    const test = 'echo "Error: no test specified" && exit 1';
    const { text, keptScripts } = mergePackage({ scripts: { test } }, entries);
    expect(JSON.parse(text).scripts).to.deep.equal(entries.scripts);
    expect(keptScripts).to.deep.equal([]);
  });

  for (const indent of ['\t', '    '])
    it(`keeps its indentation of ${JSON.stringify(indent)}`, () => {
      const own = `{\n${indent}"name": "shop"\n}\n`;
      const { text } = mergePackage(JSON.parse(own), entries, indentOf(own));
      expect(text.startsWith(`{\n${indent}"name": "shop",\n${indent}"type"`)).to.equal(true);
    });

  it('is private if it is new', () => {
    expect(JSON.parse(mergePackage(undefined, entries).text)).to.deep.equal({ private: true, ...entries });
  });
});
