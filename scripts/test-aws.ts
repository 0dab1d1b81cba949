import { parseArgs } from 'node:util';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import type { ContractTarget } from '../test/real-pool/contract-pool.ts';
import { check, differenceBlock } from '../test/real-pool/difference.ts';
import { FACTS } from '../test/real-pool/facts/table.ts';
import { makeThrowAway, removeLeftovers } from '../test/real-pool/throw-away-pool.ts';

/**
 * `npm run test:aws`: checks the facts of docs/verified.md against AWS, with the credentials of the environment. It makes a
 * user pool of its own, or uses `COGNITO_USER_POOL_ID`, and removes what it made. `--clean` removes leftovers only.
 */

const PACE_MS = 250;
const LEFTOVER_AGE_MS = 60 * 60_000;

const { values } = parseArgs({
  options: { clean: { type: 'boolean' }, yes: { type: 'boolean' }, fact: { type: 'string' } },
});

process.exitCode = await main();

async function main(): Promise<number> {
  const { AWS_REGION, AWS_DEFAULT_REGION, COGNITO_USER_POOL_ID, COGNITO_TEST_AWS } = process.env;
  const existingPoolId = COGNITO_USER_POOL_ID || undefined;
  const region = existingPoolId?.split('_')[0] ?? AWS_REGION ?? AWS_DEFAULT_REGION;
  if (!region) {
    console.error('No region: set AWS_REGION, or COGNITO_USER_POOL_ID.');
    return 2;
  }
  const endpoint = endpointOf(region);
  console.log(`Region:    ${region}
Endpoint:  ${endpoint}
User pool: ${existingPoolId ?? 'one of its own, deleted at the end'}`);
  if (!values.yes && COGNITO_TEST_AWS !== 'yes') {
    console.error(
      'Nothing was called. This creates users in your AWS account: set COGNITO_TEST_AWS=yes, or add -- --yes.',
    );
    return 2;
  }
  const sdk = new CognitoIdentityProvider({ region, endpoint });
  const target: ContractTarget = { region, endpoint, sdk, paceMs: isLoopback(endpoint) ? 0 : PACE_MS };
  try {
    if (values.clean) {
      const removed = await removeLeftovers(target, { olderThanMs: LEFTOVER_AGE_MS, existingPoolId });
      console.log(
        removed.length > 0 ? `Removed:\n${removed.join('\n')}` : 'There are no leftovers older than an hour.',
      );
      return 0;
    }
    return await checkAll(target, existingPoolId);
  } finally {
    sdk.destroy();
  }
}

async function checkAll(target: ContractTarget, existingPoolId: string | undefined): Promise<number> {
  const facts = FACTS.filter(({ id }) => values.fact === undefined || id.startsWith(values.fact));
  console.log(`
Cost:      about 15 users, each a monthly active user at most. The plan Essentials has 10,000 of them without charge,
           then 0.015 USD each: see https://aws.amazon.com/cognito/pricing/
Calls:     CreateUserPool, CreateUserPoolClient, CreateGroup, AdminCreateUser, AdminSetUserPassword, AdminDisableUser,
           AdminConfirmSignUp, the operations of users, and the deletion of all of it; about 170 calls, ${target.paceMs} ms apart
Messages:  none; no e-mail and no SMS

${facts.length} facts
`);
  const { pool, remove } = await makeThrowAway(target, existingPoolId);
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  let held = 0;
  let differences = 0;
  try {
    for (const fact of facts) {
      if (stop.signal.aborted) break;
      const difference = await check(fact, pool);
      if (!difference) {
        held++;
        continue;
      }
      differences++;
      console.log(`${differenceBlock(difference, { region: target.region, date: new Date() })}\n`);
    }
  } finally {
    await remove();
  }
  console.log(
    `${held} facts hold, ${differences} differ. The users, app clients and pools of this run are deleted.`,
  );
  return differences === 0 && held === facts.length && held > 0 ? 0 : 1;
}

/** The variables of the AWS SDK, so that the check can run against a local user pool too. */
function endpointOf(region: string): string {
  const { AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER, AWS_ENDPOINT_URL } = process.env;
  const given = AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER ?? AWS_ENDPOINT_URL;
  return given?.replace(/\/$/, '') ?? `https://cognito-idp.${region}.amazonaws.com`;
}

function isLoopback(endpoint: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(endpoint).hostname);
}
