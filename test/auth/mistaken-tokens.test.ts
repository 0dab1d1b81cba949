import { expect } from 'chai';
import express from 'express';
import supertest from 'supertest';
import { requireAuth } from '../../src/require-auth.ts';
import { createCognitoRouter } from '../../src/router.ts';
import { createTestIssuer, type TestIssuer } from '../../src/testing/index.ts';
import { expectProblem } from '../support/helpers.ts';

const TOKEN = 'eyJraWQiOiJ4In0.eyJzdWIiOiIxIn0.c2ln';

/** The credentials of an `Authorization: Bearer` header, and a part of the detail that tells the mistake. */
const MISTAKES: readonly (readonly [credentials: string, detail: string])[] = [
  ['undefined', 'sends the word undefined in place of a token'],
  ['null', 'sends the word null in place of a token'],
  ['NaN', 'sends the word NaN in place of a token'],
  ['false', 'sends the word false in place of a token'],
  ['"undefined"', 'sends the word undefined in place of a token'],
  ['', 'the scheme Bearer, but no token'],
  ['""', 'the scheme Bearer, but no token'],
  ['[object Object]', 'sends an object in place of a token'],
  ['[object Promise]', 'await the function that returns it'],
  [`{"accessToken":"${TOKEN}"}`, 'sends an object in place of a token'],
  [`"${TOKEN}"`, 'The token is in quotation marks'],
  [`'${TOKEN}'`, 'The token is in quotation marks'],
  [`Bearer ${TOKEN}`, 'the word Bearer twice'],
  [`bearer: ${TOKEN}`, 'the word Bearer twice'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a template that was quoted by mistake
  ['${token}', 'sends a placeholder'],
  ['{{accessToken}}', 'sends a placeholder'],
  ['<access_token>', 'sends a placeholder'],
  ['$ACCESS_TOKEN', 'sends a placeholder'],
  ['YOUR_ACCESS_TOKEN', 'sends a placeholder'],
  ['eyJjdHkiOiJKV1QifQ.a.b.c.d', 'as a refresh token has: send the access token'],
  ['eyJhbGciOiJkaXIifQ..b.c.d', 'as a refresh token has: send the access token'],
];

/** Texts without a known mistake. */
const MALFORMED = ['a.b', 'garbage', 'undefinedx', 'a, Bearer b', `${TOKEN}.x`, `x"${TOKEN}"`];

describe('An Authorization header without a token', () => {
  let issuer: TestIssuer;
  let app: ReturnType<typeof supertest>;

  before(async () => {
    issuer = await createTestIssuer();
    const auth = createCognitoRouter({ ...issuer.config, logger: false });
    app = supertest(
      express()
        .use('/auth', auth)
        .get('/alone', requireAuth(issuer.config), (_req, res) => void res.json({}))
        .get(
          '/optional',
          requireAuth({ ...issuer.config, optional: true }),
          (_req, res) => void res.json({}),
        ),
    );
  });
  const get = (path: string, credentials: string) =>
    app.get(path).set('Authorization', `Bearer ${credentials}`);

  for (const [credentials, detail] of MISTAKES) {
    it(`is refused with the mistake of the client: Bearer ${credentials.replaceAll(TOKEN, 'eyJ...')}`, async () => {
      for (const path of ['/alone', '/auth/me', '/optional']) {
        const response = expectProblem(await get(path, credentials), 'invalid_token');
        expect(response.body.detail).to.include(detail);
        expect(response.text).to.not.include('eyJ');
        const challenge = response.headers['www-authenticate'];
        expect(challenge).to.equal(
          `Bearer error="invalid_token", error_description="${response.body.detail}"`,
        );
        // RFC 6750 3.
        expect(response.body.detail).to.match(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
      }
    });
  }

  for (const credentials of MALFORMED) {
    it(`is malformed if the mistake is unknown: Bearer ${credentials.replaceAll(TOKEN, 'eyJ...')}`, async () => {
      const { body } = expectProblem(await get('/alone', credentials), 'invalid_token');
      expect(body.detail).to.equal('The token is malformed.');
    });
  }

  it('of 16,000 characters is refused within milliseconds', async () => {
    const { decodeToken } = await import('../../src/tokens/decode.ts');
    const timeOf = (text: string): number => {
      const start = performance.now();
      expect(decodeToken(text)).to.have.property('code', 'invalid_token');
      return performance.now() - start;
    };
    for (const text of [
      '"'.repeat(16_000),
      '.'.repeat(16_000),
      `{${' '.repeat(16_000)}`,
      'a.'.repeat(8_000),
    ]) {
      // The quickest of five, because another process may interrupt this one.
      expect(Math.min(...Array.from({ length: 5 }, () => timeOf(text)))).to.be.below(100);
    }
  });
});
