import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import https from 'node:https';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { createCognitoClient } from '../../src/cognito/client.ts';
import { RemoteKeys } from '../../src/cognito/jwks.ts';
import { outboundAgents } from '../../src/cognito/outbound-agents.ts';
import { parseConfig } from '../../src/config/settings.ts';
import { StopSignal } from '../../src/shared/deadline.ts';
import { listen } from '../support/helpers.ts';

const POOL = { userPoolId: 'us-east-1_AbCdEfGhI', clientId: 'abc123' };
const HOST = 'cognito-idp.us-east-1.amazonaws.com';
const options = { signal: new StopSignal(), safeToRepeat: false };

/** An agent that connects to nothing, and records the hosts. */
class NoWayOut extends https.Agent {
  readonly hosts: (string | null | undefined)[] = [];
  destroyed = false;

  override createConnection(...[{ host }]: Parameters<https.Agent['createConnection']>): never {
    this.hosts.push(host);
    throw Object.assign(new Error('no way out'), { code: 'ECONNREFUSED' });
  }

  override destroy(): void {
    this.destroyed = true;
    super.destroy();
  }
}

describe('A global agent of the app', () => {
  const { globalAgent } = https;
  let agent: NoWayOut;

  beforeEach(() => {
    agent = new NoWayOut();
    https.globalAgent = agent;
  });
  afterEach(() => {
    https.globalAgent = globalAgent;
  });

  it('carries the calls to Cognito, and stays open when the router closes (case B6)', async () => {
    const client = createCognitoClient(parseConfig(POOL));
    await client.send('GetUser', { AccessToken: 'x' }, options).catch(() => undefined);
    expect(agent.hosts).to.deep.equal([HOST]);
    client.close();
    await new Promise(setImmediate);
    expect(agent.destroyed).to.equal(false);
  });

  it('carries the requests for the signing keys (case B6)', async () => {
    const keys = new RemoteKeys(`https://${HOST}/${POOL.userPoolId}/.well-known/jwks.json`, () => undefined);
    await keys.refresh();
    expect(agent.hosts).to.deep.equal([HOST]);
  });
});

describe("Node's own global agent", () => {
  it('passes the variables of its proxy to the agents of the kit', () => {
    const withProxy = https.globalAgent.options as { proxyEnv?: object };
    const before = withProxy.proxyEnv;
    withProxy.proxyEnv = { HTTPS_PROXY: 'http://127.0.0.1:1' };
    try {
      const { httpsAgent, ofApp } = outboundAgents({ maxSockets: 7 });
      expect(httpsAgent).to.include({ maxSockets: 7, proxyEnv: withProxy.proxyEnv });
      expect(ofApp).to.equal(false);
    } finally {
      if (before === undefined) delete withProxy.proxyEnv;
      else withProxy.proxyEnv = before;
    }
  });

  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  // Older versions ignore the variable, and would call AWS.
  if (major > 24 || (major === 24 && minor >= 5)) {
    it('sends calls and keys through the proxy of NODE_USE_ENV_PROXY, from Node 24 (case B6)', async () => {
      const targets: string[] = [];
      const server = createServer();
      server.on('connect', ({ url }, socket) => {
        targets.push(String(url));
        socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
      });
      const proxy = await listen(server);
      const program = `
        import { createCognitoRouter } from './src/router.ts';
        import { createCognitoClient } from './src/cognito/client.ts';
        import { parseConfig } from './src/config/settings.ts';
        import { StopSignal } from './src/shared/deadline.ts';
        const pool = ${JSON.stringify(POOL)};
        const client = createCognitoClient(parseConfig(pool));
        await client.send('GetUser', { AccessToken: 'x' }, { signal: new StopSignal(), safeToRepeat: false }).catch(() => {});
        await createCognitoRouter({ ...pool, logger: false }).ready().catch(() => {});
        process.exit(0);`;
      await promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
        env: { ...process.env, NODE_USE_ENV_PROXY: '1', HTTPS_PROXY: proxy.url, NO_PROXY: '' },
      });
      await proxy.close();
      expect(targets.sort()).to.deep.equal([`${HOST}:443`, `${HOST}:443`, `issuer-${HOST}:443`]);
    });
  }
});
