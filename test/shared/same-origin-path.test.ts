import { expect } from 'chai';
import { sameOriginPath } from '../../src/shared/same-origin-path.ts';

const APP = 'https://app.example';

/** URL to which a browser resolves the Location header. */
const destination = (location: string): URL => new URL(location, `${APP}/auth/callback?code=x`);

const ACCEPTED: readonly [given: string, normalised?: string][] = [
  ['/'],
  ['/reports'],
  ['/reports/2026?sort=name&page=2#top'],
  ['/a//b'],
  ['/?next=https://evil.example'],
  ['/?next=//evil.example'],
  // Without a host, user information and a port are part of the path.
  ['/@evil.example'],
  ['/user:password@evil.example'],
  ['/:443'],
  ['/https:evil.example'],
  ['/.evil.example'],
  ['/evil.example%2f..'],
  ['/%252f/evil.example'],
  // Normalised as by a browser.
  ['/a b', '/a%20b'],
  ['/münchen', '/m%C3%BCnchen'],
  ['/a/../b', '/b'],
  ['/a/%2e%2E/b', '/b'],
  ['/../../b', '/b'],
  ['/\u202egnp.exe', '/%E2%80%AEgnp.exe'],
  ['/\uff0fevil.example', '/%EF%BC%8Fevil.example'],
  ['/\u2044\u2044evil.example', '/%E2%81%84%E2%81%84evil.example'],
  [`/${'a'.repeat(511)}`],
];

const REFUSED: readonly string[] = [
  '',
  ' ',
  'reports',
  '?a=b',
  '#a',
  './reports',
  'https://app.example/reports',
  'https://evil.example',
  'https:evil.example',
  'https:/evil.example',
  'HTTPS://evil.example',
  'http:evil.example',
  'javascript:alert(1)',
  'data:text/html,x',
  '@evil.example',
  '//evil.example',
  '///evil.example',
  '////evil.example',
  '//evil.example\\@app.example',
  '//app.example@evil.example',
  '/\\evil.example',
  '\\/evil.example',
  '\\\\evil.example',
  '/\\/evil.example',
  '//\\evil.example',
  '/a\\b',
  '/%5cevil.example',
  '/%5Cevil.example',
  '/%2f/evil.example',
  '/%2Fevil.example',
  '/%2f%2fevil.example',
  '/.//evil.example',
  '/..//evil.example',
  '/a/..//evil.example',
  '/%2e//evil.example',
  '/%2e%2e//evil.example',
  '/./%2fevil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '/\r/evil.example',
  '/\r\n/evil.example',
  '\t//evil.example',
  '\n/reports',
  ' /reports',
  ' //evil.example',
  '\u0000/evil.example',
  '/\u0000/evil.example',
  '/reports\r\nSet-Cookie: a=b',
  '/reports\r\nLocation: https://evil.example',
  '/\u007f/evil.example',
  '/\u0085/evil.example',
  '/\ud800',
  '\uff0f\uff0fevil.example',
  '\u00a0/reports',
  '\ufeff//evil.example',
  `/${'a'.repeat(512)}`,
  `/${'ü'.repeat(100)}`,
  `/${'a'.repeat(1_000_000)}`,
];

const shown = (value: string): string =>
  JSON.stringify(value.slice(0, 60)) + (value.length > 60 ? ` and ${value.length - 60} more characters` : '');

describe('sameOriginPath', () => {
  for (const [given, normalised = given] of ACCEPTED) {
    it(`accepts ${shown(given)}`, () => {
      expect(sameOriginPath(given)).to.equal(normalised);
      expect(destination(normalised).origin).to.equal(APP);
      expect(destination(normalised).href).to.equal(destination(given).href);
    });
  }

  for (const given of REFUSED) {
    it(`refuses ${shown(given)}`, () => {
      expect(sameOriginPath(given)).to.equal(undefined);
    });
  }

  it('returns a path of the same origin in one header line, for each combination of special characters', () => {
    const pieces = [
      ...['/', '//', '\\', '.', '..', '@', ':', '?', '#', '%', '%2f', '%5C', '%2e', '%09', '%00', ' ', '\t'],
      ...['\n', '\r', '\0', 'https:', 'evil.example', '\uff0f', '\u2215', '\u3002', '\ud800', ';', '[', '|'],
    ];
    const kept: string[] = [];
    for (const a of pieces) {
      for (const b of pieces) {
        for (const c of pieces) {
          const path = sameOriginPath(`/${a}${b}${c}evil.example`);
          if (path !== undefined) kept.push(path);
        }
      }
    }
    expect(kept.length).to.be.greaterThan(1000);
    for (const path of kept) {
      expect(destination(path).origin, path).to.equal(APP);
      expect(path).to.match(/^\/[\x21-\x7e]*$/);
    }
  });

  it('returns an accepted path unchanged', () => {
    for (const [given] of ACCEPTED) {
      const accepted = sameOriginPath(given) ?? '';
      expect(sameOriginPath(accepted)).to.equal(accepted);
    }
  });
});
