import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { anchorOf, headingsOf } from '../../scripts/docs-markdown.ts';
import { OPTION_NAMES } from '../../src/config/option-checks.ts';
import { createCognitoRouter, requireAuth } from '../../src/index.ts';

const POOL = { userPoolId: 'us-east-1_AbCdEfGhI', clientId: '1h57kf5cpq17m0eml12EXAMPLE' };
const REQUIRE_AUTH = [
  'pools',
  'clockToleranceSeconds',
  'cache',
  'revocation',
  'tokenUse',
  'groups',
  'scopes',
  'acr',
  'maxAge',
  'optional',
  'customCheck',
  'signInPage',
  'onError',
  'transport',
  'cookies',
  'trustedOrigins',
  'userPoolId',
  'clientId',
  'endpoint',
  'issuer',
  'jwksUri',
  'jwks',
];
const page = readFileSync(new URL('../../docs/reference/options.md', import.meta.url), 'utf8');
const anchors = headingsOf(page).map(anchorOf);

/** Returns the anchor that the error message names. */
function pageOf(create: () => unknown): string | undefined {
  try {
    create();
  } catch (error) {
    expect(error).to.be.an.instanceOf(TypeError);
    return / See docs\/reference\/options\.md#(\S+)$/.exec((error as Error).message)?.[1];
  }
  throw new Error('The option was accepted.');
}

describe('the page that an option error names', () => {
  for (const name of OPTION_NAMES) {
    it(`exists for createCognitoRouter's option ${name}`, () => {
      expect(pageOf(() => createCognitoRouter({ ...POOL, [name]: -1 }))).to.equal(name.toLowerCase());
      expect(anchors).to.include(name.toLowerCase());
    });
  }

  for (const name of REQUIRE_AUTH) {
    it(`exists for requireAuth's option ${name}`, () => {
      expect(pageOf(() => requireAuth({ ...POOL, [name]: -1 }))).to.equal(name.toLowerCase());
      expect(anchors).to.include(name.toLowerCase());
    });
  }

  it('is the page of the option that holds an invalid member', () => {
    expect(pageOf(() => createCognitoRouter({ ...POOL, rateLimits: { secret: 'short' } }))).to.equal(
      'ratelimits',
    );
    expect(pageOf(() => createCognitoRouter({ ...POOL, cookies: { nam: 'x' } } as never))).to.equal(
      'cookies',
    );
  });

  it('is the page of the function for an unknown option', () => {
    expect(pageOf(() => createCognitoRouter({ ...POOL, nonsense: 1 } as never))).to.equal(
      'createcognitorouter',
    );
    expect(pageOf(() => requireAuth({ ...POOL, nonsense: 1 } as never))).to.equal('requireauth');
    expect(anchors).to.include.members(['createcognitorouter', 'requireauth']);
  });
});
