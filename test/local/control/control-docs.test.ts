import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { CONTROL_ENDPOINTS } from '../../../src/local/control/control-endpoints.ts';
import { blocksOf, type Page, readPage, tableRows } from '../../support/documentation.ts';
import { hasProgram, isTested, skipWithout } from '../../support/installed-programs.ts';
import { closeAll, startLocal } from '../../support/local-sdk.ts';

const run = promisify(execFile);
const ADA = 'ada@example.com';

describe('The documentation of control over HTTP', () => {
  let page: Page;

  before(async () => {
    const { path, text } = await readPage('docs/local-user-pool.md');
    const from = text.indexOf('\n## Control over HTTP\n');
    page = { path, text: text.slice(from, text.indexOf('\n## ', from + 1)) };
  });
  afterEach(closeAll);

  it('has a row for every endpoint', () => {
    const rows = tableRows(page.text).map(([endpoint = '']) => endpoint.replaceAll('`', ''));
    const endpoints = CONTROL_ENDPOINTS.map(({ method, path }) => `${method} ${path}`);
    expect(rows).to.have.members(endpoints);
  });

  for (const [program, language, args, needed, printed] of [
    ['bash', 'bash', ['-ec'], 'curl', /"code":"\d{6}".*"id":1.*"epochMs":.*"accessToken":/s],
    ['python3', 'python', ['-c'], 'python3', /^\d{6}\n$/],
  ] as const) {
    const variable = needed === 'curl' ? 'REQUIRE_CURL' : 'REQUIRE_PYTHON';
    if (needed !== 'curl' && !isTested(variable)) continue;
    it(`runs in its example for ${program}, against a pool with a message to Ada`, async function () {
      if (!hasProgram(needed, '--version')) skipWithout(this, variable, `no ${needed} on the path`);
      const { pool, sdk, ClientId } = await startLocal({ users: [{ username: ADA }] });
      const [block] = blocksOf(page).filter((each) => each.language === language);
      await sdk.forgotPassword({ ClientId, Username: ADA });
      const code = (block?.code ?? '')
        .replace('http://127.0.0.1:9229', pool.url)
        // The example asks for a new password where the message is already sent.
        .replace("kit('DELETE', '/inbox')\n", '');
      const { stdout } = await run(program, [...args, language === 'python' ? `${code}print(code)` : code]);
      expect(stdout).to.match(printed);
    });
  }
});
