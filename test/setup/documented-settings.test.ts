import { expect } from 'chai';
import { RESOURCES, reasonOf } from '../../src/setup/setting.ts';
import { SETTINGS } from '../../src/setup/settings.ts';
import { readPage } from '../support/documentation.ts';

describe('docs/user-pool-setup.md', () => {
  it('has a row for every setting of a good user pool, in their order and words, and no other row', async () => {
    const { text } = await readPage('docs/user-pool-setup.md');
    const start = text.indexOf('## The user pool');
    const section = text.slice(start, text.indexOf('## E-mail and SMS'));
    const rows = section.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| where'));
    const expected = RESOURCES.flatMap((resource) =>
      SETTINGS.filter((each) => each.resource === resource),
    ).map((setting) => `| ${setting.console} | ${setting.choose} | ${reasonOf(setting)} |`);
    expect(rows).to.deep.equal(expected);
  });
});
