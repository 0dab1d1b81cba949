import { request } from 'node:http';
import { expect } from 'chai';
import type { Browser, Locator } from 'playwright-core';
import { launchChromium } from '../support/chromium.ts';
import { type ConsolePage, ConsoleServer } from '../support/console-page.ts';
import { sdkFor } from '../support/local-sdk.ts';

/** The members of a report that the tests read. */
interface Report {
  readonly version: number;
  readonly userPoolId: string;
  readonly findings: readonly { readonly id: string; readonly severity: string }[];
}

const idsOf = ({ findings }: Report): string[] => findings.map(({ id }) => id);

describe('The doctor of the example server', () => {
  let server: ConsoleServer;
  beforeEach(async () => {
    server = await ConsoleServer.start();
  });
  afterEach(() => server?.close());

  const ask = (headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
    fetch(`${server.origin}/doctor`, { method: 'POST', headers });

  it('finds no error in the demo pool and in the running configuration', async () => {
    const response = await ask();
    expect(response.status).to.equal(200);
    expect(response.headers.get('cache-control')).to.equal('no-store');
    const report = (await response.json()) as Report;
    expect(report).to.include({ version: 1, userPoolId: server.demo.pool.config.userPoolId });
    expect(report.findings.filter(({ severity }) => severity === 'error')).to.deep.equal([]);
    expect(idsOf(report)).to.include.members(['pool-email-sender', 'client-unused-password-flow']);
  });

  it('reads the pool anew each time', async () => {
    const { pool } = server.demo;
    const sdk = sdkFor(pool.url);
    const { userPoolId: UserPoolId, clientId: ClientId } = pool.config;
    await sdk.updateUserPoolClient({ UserPoolId, ClientId, EnableTokenRevocation: false });
    sdk.destroy();
    expect(idsOf((await (await ask()).json()) as Report)).to.include('client-token-revocation');
  });

  for (const [from, headers] of [
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }],
    ['another name of this machine (DNS rebinding)', { host: 'evil.example' }],
  ] as const) {
    it(`refuses ${from}`, async () => {
      const status = await new Promise((resolve, reject) => {
        const sent = request(`${server.origin}/doctor`, { method: 'POST', headers }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        sent.on('error', reject).end();
      });
      expect(status).to.equal(403);
      expect(server.demo.pool.requests.list(), 'the user pool was not asked').to.deep.equal([]);
    });
  }
});

describe('The doctor on the console page, in Chromium', () => {
  let browser: Browser;
  let server: ConsoleServer;
  let console: ConsolePage;

  before(async function () {
    browser = await launchChromium(this);
    server = await ConsoleServer.start();
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });
  beforeEach(async () => {
    console = await server.open(browser);
    await console.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  });
  afterEach(() => console?.close());

  const news = (text: RegExp): Promise<void> =>
    console.page.locator('#doctor-news').filter({ hasText: text }).waitFor();
  const finding = (text: string): Locator =>
    console.panel('Doctor').getByRole('listitem').filter({ hasText: text });
  const textOf = async (node: Locator): Promise<string> => (await node.textContent()) ?? '';
  const answerWith = async (body: object, status = 200): Promise<void> => {
    await console.page.route('**/doctor', (route) => route.fulfill({ status, json: body }));
  };

  it('shows what is wrong, why, and how to fix it, and copies the command', async () => {
    expect(await textOf(console.panel('Doctor'))).to.include('changes nothing');
    await console.button('Check the configuration').click();
    await news(/Found: 4 advice/);
    const sender = finding('E-mail is sent by Cognito itself.');
    expect(await textOf(sender))
      .to.include('50 messages a day')
      .and.include('Fix: ')
      .and.include('pool-email-sender');
    await sender.getByRole('button', { name: 'Copy command for pool-email-sender' }).click();
    await console.page.getByText('Copied: command for pool-email-sender').waitFor({ state: 'attached' });
    expect(await console.page.evaluate('navigator.clipboard.readText()')).to.equal(
      'aws sesv2 list-email-identities --region us-east-1',
    );
  });

  it('groups findings by severity, errors first, and shows a severity or a member that it does not know', async () => {
    await answerWith({
      version: 1,
      score: 7,
      findings: [
        {
          id: 'one',
          severity: 'error',
          what: 'One is wrong.',
          why: 'It fails.',
          mend: { advice: 'Mend it.' },
        },
        {
          id: 'two',
          severity: 'curious',
          what: 'Two is odd.',
          why: 'It may be.',
          mend: { advice: 'Look.', template: 'A: 1\nB: 2', diff: ['x'] },
          page: 'https://example.com',
        },
        { id: 'three', severity: 'error', what: 'Three is wrong.', why: 'It fails.' },
      ],
      notChecked: [{ id: 'four', reason: 'needs AWS credentials' }],
    });
    await console.button('Check the configuration').click();
    await news(/Found: 2 errors, 1 curious\. Not checked: 1, see below\./);
    const headings = console.panel('Doctor').getByRole('heading', { level: 3 });
    expect(await headings.allTextContents()).to.deep.equal(['Errors', 'curious']);
    await finding('Two is odd.').getByText('In a template of CloudFormation').click();
    expect(await textOf(console.page.getByRole('region', { name: 'Template for two' }))).to.equal(
      'A: 1\nB: 2',
    );
    await console.page.locator('summary', { hasText: 'Not checked' }).click();
    await console.page.getByText('needs AWS credentials').waitFor();
  });

  it('tells that there is nothing to find, what is accepted, and what a failed check said', async () => {
    await answerWith({ version: 1, findings: [], accepted: ['pool-email-sender'], notChecked: [] });
    await console.button('Check the configuration').click();
    await news(/^No findings\.$/);
    await console.panel('Doctor').getByText('Accepted: 1').click();
    expect(await textOf(finding('pool-email-sender'))).to.include('by the tag cognitoKitAccepts');
    await console.page.unroute('**/doctor');
    await answerWith({ message: 'The doctor is not in.' }, 403);
    await console.button('Check again').click();
    await news(/The doctor is not in\./);
  });
});
