import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import express from 'express';
import { type Kit, startKit } from '../support/helpers.ts';
import { captureLog, type LogCapture } from '../support/log-capture.ts';

async function start(
  trust?: unknown,
): Promise<Kit & { warnings(): LogCapture['lines'] extends () => infer L ? L : never }> {
  const log = captureLog();
  const kit = await startKit({
    config: { logger: log.logger },
    app: (auth) => {
      const app = express();
      if (trust !== undefined) app.set('trust proxy', trust);
      return app.use('/auth', auth);
    },
  });
  return Object.assign(kit, { warnings: () => log.lines().filter(({ level }) => level === 40) });
}

const HINT =
  "set 'trust proxy' to the number of proxies in front of the app, or to their addresses. See docs/operations.md#behind-a-proxy";

describe("The warning about 'trust proxy'", () => {
  it('is logged if the setting is unset behind a proxy', async () => {
    const kit = await start();
    await kit.get('/health').set('X-Forwarded-For', '198.51.100.1');
    expect(kit.warnings()).to.have.lengthOf(1);
    expect(kit.warnings()[0]).to.include({
      code: 'trust_proxy_unset',
      hint: HINT,
      msg: "X-Forwarded-For is ignored because 'trust proxy' is not set",
    });
  });

  it('is logged if the setting lets any client choose its address', async () => {
    const kit = await start(true);
    await kit.get('/health');
    expect(kit.warnings()).to.have.lengthOf(1);
    expect(kit.warnings()[0]).to.include({
      code: 'trust_proxy_permissive',
      hint: HINT,
    });
    expect(kit.warnings()[0]?.msg).to.match(/any client can choose its own address/);
  });

  it('is logged once, without the address that the client sent', async () => {
    const kit = await start();
    for (let i = 0; i < 5; i++) await kit.get('/health').set('X-Forwarded-For', `198.51.100.${i}, marked`);
    expect(kit.warnings()).to.have.lengthOf(1);
    expect(JSON.stringify(kit.warnings())).to.not.include('198.51').and.not.include('marked');
  });

  it('is logged once for each router', async () => {
    for (const kit of [await start(true), await start(true)]) {
      await kit.get('/health');
      expect(kit.warnings()).to.have.lengthOf(1);
    }
  });

  for (const trust of [1, 'loopback', ['10.0.0.0/8'], () => false]) {
    it(`is not logged if the setting is ${trust}`, async () => {
      const kit = await start(trust);
      await kit.get('/health').set('X-Forwarded-For', '198.51.100.1');
      expect(kit.warnings()).to.deep.equal([]);
    });
  }

  it('is not logged without a proxy', async () => {
    const kit = await start();
    await kit.get('/health');
    expect(kit.warnings()).to.deep.equal([]);
  });

  it('follows the setting of the outer app if the router is mounted on an inner app', async () => {
    const log = captureLog();
    const kit = await startKit({
      config: { logger: log.logger },
      app: (auth) =>
        express().set('trust proxy', 1).use('/inner', express().use('/auth', auth)).use('/auth', auth),
    });
    await kit.request.get('/inner/auth/health').set('X-Forwarded-For', '198.51.100.1');
    expect(log.lines().map(({ msg }) => msg)).to.deep.equal(['request']);
  });

  it('is explained in the section that it links to', async () => {
    const page = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    expect(page).to.match(/^#+ Behind a proxy$/m);
    expect(page).to.include('`trust_proxy_unset`').and.include('`trust_proxy_permissive`');
  });
});
