import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { apiReports } from '../scripts/api-report-files.ts';
import { ROOT } from '../scripts/docs-source.ts';
import { expectCheckedIn } from './support/checked-in.ts';

const ENTRIES = ['index', 'require-auth', 'local', 'testing', 'playwright', 'cypress', 'redis', 'augment'];

describe('API report', () => {
  let reports: ReadonlyMap<string, string>;

  before(function () {
    this.timeout(120_000);
    reports = apiReports();
  });

  it('has one checked-in file for every entry point, and no other', () => {
    const files = ENTRIES.map((entry) => `${entry}.api.md`);
    expect([...reports.keys()]).to.have.members(files.map((file) => `api/${file}`));
    expect(readdirSync(join(ROOT, 'api'))).to.have.members(files);
  });

  for (const entry of ENTRIES) {
    it(`is checked in as generated from the code for ${entry}`, () => {
      const path = `api/${entry}.api.md`;
      expectCheckedIn(path, reports.get(path) ?? '', 'npm run api-report');
    });
  }

  it('has the members of exported types, the types they refer to, and the packages of foreign types', () => {
    const report = reports.get('api/redis.api.md') ?? '';
    const [exported = '', internal = ''] = report.split('## Not exported');
    expect(exported).to.include('function redisStores(client: RedisClient, options?: RedisStoresOptions)');
    expect(exported).to.include('prefix?: string | undefined;');
    expect(internal).to.match(/^interface RevocationStore \{\n {4}revoke\(key: string/m);
    expect(internal).to.include('- `Store` of `express-rate-limit`');
  });

  it('lists the literals of a type that is derived from a value', () => {
    expect(reports.get('api/index.api.md')).to.include(
      "type RateLimitClass = 'code' | 'read' | 'signIn' | 'write';",
    );
  });

  it('has no doc comments', () => {
    for (const report of reports.values()) expect(report).to.not.include('/**');
  });
});
