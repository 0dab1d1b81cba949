import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { terraformTemplate } from '../../src/setup/terraform.ts';
import { isTested } from '../support/installed-programs.ts';
import { closeAll, startLocal } from '../support/local-sdk.ts';
import { ANSWERS, connected, findingsOf } from '../support/setup-answers.ts';
import { terraformFolder } from '../support/terraform.ts';

/** The style of managed login needs a newer provider than the mirror of these tests may have. */
const APPLIED = Object.entries(ANSWERS).filter(([, { managedLogin }]) => managedLogin === undefined);

const provider = (endpoint: string): string => `provider "aws" {
  region                      = "us-east-1"
  access_key                  = "local"
  secret_key                  = "local"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
  endpoints {
    cognitoidp = "${endpoint}"
  }
}
`;

const module = (index: number): string => `
module "pool_${index}" {
  source = "./pool-${index}"
}

output "pool_${index}" {
  value = module.pool_${index}
}
`;

describe('Terraform templates of a user pool', () => {
  afterEach(closeAll);

  if (isTested('REQUIRE_TERRAFORM')) {
    it(
      'create pools that leave the doctor nothing to find, and that Terraform would not change again',
      applied,
    );
  }

  async function applied(this: Mocha.Context): Promise<void> {
    this.timeout(600_000);
    const folder = await terraformFolder(this);
    try {
      const { sdk, pool } = await startLocal();
      const main = [provider(pool.url), ...APPLIED.map((_each, index) => module(index))].join('');
      await writeFile(join(folder.path, 'main.tf'), main);
      for (const [index, [, answers]] of APPLIED.entries()) {
        await mkdir(join(folder.path, `pool-${index}`));
        await writeFile(join(folder.path, `pool-${index}/main.tf`), terraformTemplate(answers));
      }
      await folder.init();
      await folder.terraform('apply', '-auto-approve');
      // Exits with 2 if there is a change.
      await folder.terraform('plan', '-detailed-exitcode');
      const outputs = JSON.parse(await folder.terraform('output', '-json'));
      for (const [index, [name, answers]] of APPLIED.entries()) {
        const { user_pool_id: UserPoolId, client_id: ClientId } = outputs[`pool_${index}`].value;
        const config = await connected({ sdk, url: pool.url }, { UserPoolId, ClientId }, answers);
        expect(await findingsOf(sdk, config), name).to.deep.equal([]);
      }
    } finally {
      await folder.remove();
    }
  }
});
