import { expect } from 'chai';
import { redirectTarget, redirectTargetPattern } from '../../src/shared/redirect-target.ts';

const ORIGINS = ['https://app.example.com', 'http://localhost:5173', 'http://[::1]:5173'];

const ACCEPTED: Readonly<Record<string, string>> = {
  '/': '/',
  '/reports?year=2026#top': '/reports?year=2026#top',
  'https://app.example.com': 'https://app.example.com/',
  'https://app.example.com/': 'https://app.example.com/',
  'https://app.example.com/a/../reports?q=1#top': 'https://app.example.com/reports?q=1#top',
  'https://app.example.com?q=1': 'https://app.example.com/?q=1',
  'https://app.example.com#top': 'https://app.example.com/#top',
  'https://app.example.com/r%C3%A9sum%C3%A9': 'https://app.example.com/r%C3%A9sum%C3%A9',
  'http://localhost:5173/reports': 'http://localhost:5173/reports',
  'http://[::1]:5173/reports': 'http://[::1]:5173/reports',
};

const REFUSED = [
  '',
  'reports',
  '//app.example.com/',
  '\\\\app.example.com',
  'https://app.example.com.evil.example/',
  'https://app.example.com@evil.example/',
  'https://app.example.com:443@evil.example/',
  'https://app.example.com:8443/',
  'https://app.example.com\\@evil.example/',
  'https://app.example.com\\evil',
  'https://user@app.example.com/',
  'https://evil.example/https://app.example.com/',
  'https://evil.example#https://app.example.com/',
  'http://app.example.com/',
  'http://localhost:51730/',
  'https://xn--app.example.com/',
  'javascript:alert(1)//https://app.example.com',
  'https://app.example.com/\r\nSet-Cookie: a=b',
  'https://app.example.com/\t',
  ' https://app.example.com/',
  'https://app.example.com/\ud800',
  `https://app.example.com/${'a'.repeat(500)}`,
];

describe('The target of a redirect', () => {
  for (const [given, target] of Object.entries(ACCEPTED)) {
    it(`is ${target} for ${given}`, () => {
      expect(redirectTarget(given, ORIGINS)).to.equal(target);
      expect(given).to.match(new RegExp(redirectTargetPattern(ORIGINS), 'u'));
    });
  }

  for (const given of REFUSED) {
    it(`is not ${JSON.stringify(given.slice(0, 60))}`, () => {
      expect(redirectTarget(given, ORIGINS)).to.equal(undefined);
    });
  }

  it('is no URL without trusted origins', () => {
    expect(redirectTarget('https://app.example.com/', [])).to.equal(undefined);
    expect('https://app.example.com/').to.not.match(new RegExp(redirectTargetPattern([]), 'u'));
  });
});
