import { expect } from 'chai';
import express from 'express';
import type { Response } from 'supertest';
import { createCognitoRouter } from '../../src/router.ts';
import { expectProblem, expectStatus, type Kit, startKit } from '../support/helpers.ts';

const PATH = '/auth/openapi.json';

describe('GET /openapi.json', () => {
  let kit: Kit;

  before(async () => {
    kit = await startKit();
  });

  const get = (headers: Record<string, string> = {}, path = PATH): Promise<Response> =>
    kit.request
      .get(path)
      .set('Accept-Encoding', 'identity')
      .set(headers)
      .then((response) => response);

  it('has an ETag, and answers a client that has the document with 304 and no body (case C12)', async () => {
    const { headers, body } = expectStatus(await get(), 200);
    expect(body.openapi).to.equal('3.1.1');
    expect(headers).to.include({ 'cache-control': 'no-cache', vary: 'Accept-Encoding' });
    expect(headers.etag).to.match(/^W\/"[\w-]{22}"$/);
    const again = await get({ 'If-None-Match': headers.etag ?? '' });
    expect([again.status, again.text]).to.deep.equal([304, '']);
    expect(again.headers).to.include({ etag: headers.etag }).and.not.have.property('content-type');
    expectStatus(await get({ 'If-None-Match': 'W/"another"' }), 200);
  });

  it('is compressed for a client that accepts gzip, and for no other (case C12)', async () => {
    const raw = await fetch(`${kit.url}${PATH}`, { headers: { 'Accept-Encoding': 'gzip' } });
    expect(raw.headers.get('content-encoding')).to.equal('gzip');
    expect(Number(raw.headers.get('content-length'))).to.be.within(5_000, 60_000);
    const plain = await get();
    expect(plain.headers).to.not.have.property('content-encoding');
    expect(await raw.json()).to.deep.equal(plain.body);
    expect((await get({ 'Accept-Encoding': 'gzip;q=0, identity' })).headers).to.not.have.property(
      'content-encoding',
    );
  });

  it('is serialized and compressed once (case C12)', async () => {
    await get();
    const { stringify } = JSON;
    let big = 0;
    JSON.stringify = ((value: unknown, ...rest: []) => {
      const text = stringify(value, ...rest);
      if (text?.length > 100_000) big++;
      return text;
    }) as typeof stringify;
    try {
      for (let i = 0; i < 3; i++) expect((await get()).status).to.equal(200);
    } finally {
      JSON.stringify = stringify;
    }
    expect(big).to.equal(0);
  });

  it('counts for the client address (case C12)', async () => {
    const limited = await startKit({
      config: { rateLimits: { address: { read: { limit: 1, windowMs: 60_000 } } } },
    });
    expectStatus(await limited.get('/openapi.json'), 200);
    expectProblem(await limited.get('/openapi.json'), 'rate_limited');
    expectStatus(await limited.get('/health'), 200);
  });

  it('describes the mount path of the request, however many there are', async () => {
    const auth = createCognitoRouter({ ...kit.pool.config, logger: false, rateLimits: false });
    const tenants = await startKit({ app: () => express().use('/:tenant/auth', auth) });
    for (const tenant of [...Array(20).keys(), 0].map((index) => `tenant-${index}`)) {
      const { body } = await tenants.request.get(`/${tenant}/auth/openapi.json`).expect(200);
      expect(body.servers).to.deep.equal([{ url: `/${tenant}/auth` }]);
    }
    await auth.close();
  });

  it('is what a response hook makes of it', async () => {
    const hooked = await startKit({
      config: {
        hooks: {
          response: { openapi: ({ response }) => ({ ...response, info: { title: 'Ours', version: '2' } }) },
        },
      },
    });
    const first = await hooked.get('/openapi.json').set('Accept-Encoding', 'gzip');
    expect(first.body.info).to.deep.equal({ title: 'Ours', version: '2' });
    expectStatus(await hooked.get('/openapi.json').set('If-None-Match', first.headers.etag ?? ''), 304);
  });
});
