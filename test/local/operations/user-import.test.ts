import type { UserImportJobType } from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import type { ServerState } from '../../../src/local/model/pool.ts';
import { UserPool } from '../../../src/local/model/pool.ts';
import { OPERATIONS } from '../../../src/local/operations/table.ts';
import { eventually } from '../../support/eventually.ts';
import { closeAll, codeFor, type Local, outcomeOf, signIn, startLocal } from '../../support/local-sdk.ts';
import { alertOf } from '../../support/login-pages.ts';
import { openLogin, startLogin } from '../../support/managed-login.ts';

const ROLE = 'arn:aws:iam::123456789012:role/import';
const KMS = { 'x-amz-server-side-encryption': 'aws:kms' };
const BEN = 'ben@example.com';
const NEW_PASSWORD = 'An0ther-Passw0rd!';
const UNVERIFIED =
  'The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true).';

describe('A user import job of the local pool', () => {
  let local: Local;
  beforeEach(async () => {
    local = await startLocal();
  });
  afterEach(closeAll);

  async function headerOf({ sdk, UserPoolId }: Local): Promise<string[]> {
    return (await sdk.getCSVHeader({ UserPoolId })).CSVHeader ?? [];
  }

  /** A row with values for some columns. */
  const rowOf = (header: readonly string[], cells: Readonly<Record<string, string>>): string =>
    header.map((name) => ({ 'cognito:mfa_enabled': 'false', ...cells })[name] ?? '').join(',');

  const userRow = (header: readonly string[], email: string, cells: Readonly<Record<string, string>> = {}) =>
    rowOf(header, { 'cognito:username': email, email, email_verified: 'true', ...cells });

  async function create({ sdk, UserPoolId }: Local): Promise<{ JobId: string; url: string }> {
    const { UserImportJob } = await sdk.createUserImportJob({
      UserPoolId,
      JobName: 'users',
      CloudWatchLogsRoleArn: ROLE,
    });
    return { JobId: UserImportJob?.JobId ?? '', url: UserImportJob?.PreSignedUrl ?? '' };
  }

  const upload = (url: string, body: string, headers: Record<string, string> = KMS) =>
    fetch(url, { method: 'PUT', body, headers });

  async function ended({ sdk, UserPoolId }: Local, JobId: string): Promise<UserImportJobType> {
    return eventually(async () => {
      const { UserImportJob = {} } = await sdk.describeUserImportJob({ UserPoolId, JobId });
      return UserImportJob.CompletionDate && UserImportJob;
    });
  }

  /** Imports rows, and returns the job and the messages of warnings. */
  async function importRows(
    rows: readonly string[],
    from = local,
  ): Promise<{ job: UserImportJobType; warnings: string[] }> {
    const warnings: string[] = [];
    const hear = ({ message, code }: Error & { code?: string }) => {
      if (code === 'COGNITO_KIT_LOCAL_IMPORT') warnings.push(message);
    };
    process.on('warning', hear);
    const { sdk, UserPoolId } = from;
    const { JobId, url } = await create(from);
    expect((await upload(url, rows.join('\n'))).status).to.equal(200);
    await sdk.startUserImportJob({ UserPoolId, JobId });
    const job = await ended(from, JobId);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', hear);
    return { job, warnings };
  }

  it('has the columns of the schema, with custom attributes before those of Cognito', async () => {
    const custom = await startLocal({ pool: { Schema: [{ Name: 'plan', AttributeDataType: 'String' }] } });
    const header = await headerOf(custom);
    expect(header.slice(0, 2)).to.deep.equal(['name', 'given_name']);
    expect(header.slice(-3)).to.deep.equal(['custom:plan', 'cognito:mfa_enabled', 'cognito:username']);
    expect(header).to.include.members(['email_verified', 'phone_number_verified', 'updated_at']);
    expect(header).not.to.include('sub');
  });

  it('creates users who reset their password before the first sign-in', async () => {
    const { sdk, UserPoolId, ClientId } = local;
    const header = await headerOf(local);
    const { job, warnings } = await importRows([
      header.join(','),
      userRow(header, BEN, { address: ' 1 Main St\\, Anytown ', birthdate: '02/01/1985' }),
      '',
    ]);
    expect(job).to.include({
      Status: 'Succeeded',
      ImportedUsers: 1,
      SkippedUsers: 0,
      FailedUsers: 0,
      CompletionMessage: 'Import Job Completed Successfully.',
    });
    expect(warnings).to.deep.equal([]);
    const ben = await sdk.adminGetUser({ UserPoolId, Username: BEN });
    expect(ben.UserStatus).to.equal('RESET_REQUIRED');
    expect(ben.UserAttributes).to.deep.include.members([
      { Name: 'address', Value: '1 Main St, Anytown' },
      { Name: 'email_verified', Value: 'true' },
    ]);
    await sdk.forgotPassword({ ClientId, Username: BEN });
    const ConfirmationCode = codeFor(local, BEN);
    await sdk.confirmForgotPassword({ ClientId, Username: BEN, ConfirmationCode, Password: NEW_PASSWORD });
    expect((await signIn(local, BEN, NEW_PASSWORD)).AuthenticationResult).to.have.property('AccessToken');
  });

  it('counts users who exist already and rows that fail, and warns with their lines', async () => {
    const { pool } = local;
    pool.addUser({ username: 'known@example.com' });
    const header = await headerOf(local);
    const { job, warnings } = await importRows([
      header.join(','),
      userRow(header, BEN),
      userRow(header, 'known@example.com'),
      userRow(header, 'unverified@example.com', { email_verified: 'false' }),
      userRow(header, 'mfa@example.com', { 'cognito:mfa_enabled': 'yes' }),
      userRow(header, 'day@example.com', { birthdate: '1985-02-01' }),
      userRow(header, 'a b'),
      'too,short',
      userRow(header, 'long@example.com', { address: 'x'.repeat(2049) }),
    ]);
    expect(job).to.include({ Status: 'Succeeded', ImportedUsers: 1, SkippedUsers: 1, FailedUsers: 6 });
    expect(warnings).to.have.length(1);
    const lines = warnings[0]?.split('\n') ?? [];
    expect(lines[0]).to.match(/^The user import job import-\w+ of us-east-1_\w+ failed for 6 users:$/);
    expect(lines.slice(1)).to.deep.equal([
      `[FAILED] Line Number 4 - ${UNVERIFIED}`,
      '[FAILED] Line Number 5 - cognito:mfa_enabled has to be true or false.',
      '[FAILED] Line Number 6 - The birthdate has to be in the format mm/dd/yyyy.',
      '[FAILED] Line Number 7 - The username is missing, or has a space.',
      '[FAILED] Line Number 8 - The row has another number of columns than the header.',
      '... and 1 more',
      'Correct these lines. See docs/local-user-pool.md#user-import',
    ]);
    expect(warnings[0]).not.to.include('@example.com');
  });

  it('refuses a row of more than 16,000 characters, and a file of more than 500,000 rows', async () => {
    const header = await headerOf(local);
    const long = Object.fromEntries(header.slice(0, 9).map((name) => [name, 'x'.repeat(1900)]));
    const row = userRow(header, BEN, long);
    expect(row.length).to.be.above(16_000);
    const { job } = await importRows([header.join(','), row]);
    expect(job).to.include({ ImportedUsers: 0, FailedUsers: 1 });
    const many = await importRows([header.join(','), ...Array.from({ length: 500_001 }, () => 'x')]);
    expect(many.job).to.include({
      Status: 'Failed',
      FailedUsers: 0,
      CompletionMessage: 'The CSV file has too many rows.',
    });
  });

  it('refuses a user without a required attribute, and one with an address of another user', async () => {
    const from = await startLocal({
      pool: { UsernameAttributes: ['email', 'phone_number'], Schema: [{ Name: 'name', Required: true }] },
    });
    from.pool.addUser({ username: '+15550100', attributes: { name: 'Cy' } });
    const header = await headerOf(from);
    const { job } = await importRows(
      [
        header.join(','),
        userRow(header, BEN),
        userRow(header, BEN, { name: 'Ben', phone_number: '+15550100' }),
        userRow(header, BEN, { name: 'Ben', phone_number: '+15550199' }),
      ],
      from,
    );
    expect(job).to.include({ ImportedUsers: 1, FailedUsers: 2 });
  });

  it('fails if no user could be imported', async () => {
    const header = await headerOf(local);
    const { job } = await importRows([
      header.join(','),
      userRow(header, 'unverified@example.com', { email_verified: '' }),
    ]);
    expect(job).to.include({
      Status: 'Failed',
      FailedUsers: 1,
      CompletionMessage: 'Too many users have failed or been skipped during the import.',
    });
  });

  it('fails if the header lacks a column or has another one, and takes the columns in any order', async () => {
    const header = await headerOf(local);
    const mismatch = 'The header in the CSV file does not match the attributes of the user pool.';
    for (const wrong of [header.slice(1), [...header, 'color'], [...header.slice(1), 'color']]) {
      const { job } = await importRows([wrong.join(','), userRow(wrong, BEN)]);
      expect(job).to.include({ Status: 'Failed', ImportedUsers: 0, CompletionMessage: mismatch });
    }
    const reversed = header.toReversed();
    const { job } = await importRows([reversed.join(','), userRow(reversed, BEN)]);
    expect(job).to.include({ Status: 'Succeeded', ImportedUsers: 1 });
  });

  it('enables codes by SMS for users with MFA and a phone number', async () => {
    const { sdk, UserPoolId } = local;
    const header = await headerOf(local);
    const mfa = { 'cognito:mfa_enabled': 'TRUE' };
    const { job } = await importRows([
      header.join(','),
      userRow(header, BEN, { ...mfa, phone_number: '+15550100' }),
      userRow(header, 'no-phone@example.com', mfa),
    ]);
    expect(job).to.include({ ImportedUsers: 2 });
    const ben = await sdk.adminGetUser({ UserPoolId, Username: BEN });
    expect(ben.UserMFASettingList).to.deep.equal(['SMS_MFA']);
    const other = await sdk.adminGetUser({ UserPoolId, Username: 'no-phone@example.com' });
    expect(other.UserMFASettingList).to.equal(undefined);
  });

  for (const [MfaConfiguration, imported] of [
    ['OFF', 'false'],
    ['ON', 'true'],
  ] as const) {
    it(`imports users with cognito:mfa_enabled ${imported} only if MFA is ${MfaConfiguration}`, async () => {
      const pool = {
        MfaConfiguration,
        SoftwareTokenMfaConfiguration: { Enabled: MfaConfiguration === 'ON' },
      };
      const from = await startLocal({ pool });
      const header = await headerOf(from);
      const row = (value: string) =>
        userRow(header, `${value}@example.com`, { 'cognito:mfa_enabled': value });
      const { job } = await importRows([header.join(','), row('true'), row('false')], from);
      expect(job).to.include({ ImportedUsers: 1, FailedUsers: 1 });
      const { Users } = await from.sdk.listUsers({ UserPoolId: from.UserPoolId });
      const email = Users?.[0]?.Attributes?.find(({ Name }) => Name === 'email')?.Value;
      expect(email).to.equal(`${imported}@example.com`);
    });
  }

  describe('and the first sign-in of its users', () => {
    const importBen = async (from: Local) => {
      const header = await headerOf(from);
      expect((await importRows([header.join(','), userRow(header, BEN)], from)).job.ImportedUsers).to.equal(
        1,
      );
    };

    it('is refused like that of an unknown user if the app client prevents account enumeration', async () => {
      await importBen(local);
      const refused = 'NotAuthorizedException: Incorrect username or password.';
      expect(await outcomeOf(signIn(local, BEN))).to.equal(refused);
      const srp = await local.sdk.initiateAuth({
        ClientId: local.ClientId,
        AuthFlow: 'USER_SRP_AUTH',
        AuthParameters: { USERNAME: BEN, SRP_A: 'ab'.repeat(300) },
      });
      expect(srp.ChallengeName).to.equal('PASSWORD_VERIFIER');
      await local.sdk.adminDisableUser({ UserPoolId: local.UserPoolId, Username: BEN });
      expect(await outcomeOf(signIn(local, BEN))).not.to.equal('ok');
    });

    it('tells that a new password is required if it does not', async () => {
      const legacy = await startLocal({ appClient: { PreventUserExistenceErrors: 'LEGACY' } });
      await importBen(legacy);
      expect(await outcomeOf(signIn(legacy, BEN))).to.match(/^PasswordResetRequiredException: /);
    });

    it('asks for a new password at the pages of managed login', async () => {
      const withPages = await startLogin();
      await importBen(withPages);
      const { browser, page } = await openLogin(withPages);
      const next = await browser.submit(page, { username: BEN, password: 'x' });
      expect(alertOf(next)).to.equal(undefined);
      expect(next.text).to.include('Set a new password before you sign in.');
    });

    it('works with a code by e-mail', async () => {
      const from = await startLocal({
        pool: {
          MfaConfiguration: 'OFF',
          Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
        },
        appClient: { ExplicitAuthFlows: ['ALLOW_USER_AUTH'] },
      });
      const { sdk, ClientId } = from;
      await importBen(from);
      const { Session } = await sdk.initiateAuth({
        ClientId,
        AuthFlow: 'USER_AUTH',
        AuthParameters: { USERNAME: BEN, PREFERRED_CHALLENGE: 'EMAIL_OTP' },
      });
      const { AuthenticationResult } = await sdk.respondToAuthChallenge({
        ClientId,
        ChallengeName: 'EMAIL_OTP',
        Session,
        ChallengeResponses: { USERNAME: BEN, EMAIL_OTP_CODE: codeFor(from, BEN) },
      });
      expect(AuthenticationResult).to.have.property('AccessToken');
    });
  });

  it('takes its file once, at the URL and with the header that belong to it, for 15 minutes', async () => {
    const stopped = await startLocal({ clock: () => Date.UTC(2030, 0) });
    const { pool } = stopped;
    const { url } = await create(stopped);
    const codeOfAnswer = async (response: Response) =>
      `${response.status} ${/<Code>(\w+)<\/Code>/.exec(await response.text())?.[1]}`;
    expect(await codeOfAnswer(await upload(url, 'x', {}))).to.equal('403 SignatureDoesNotMatch');
    const forged = url.replace(/X-Amz-Signature=../, 'X-Amz-Signature=zz');
    expect(await codeOfAnswer(await upload(forged, 'x'))).to.equal('403 SignatureDoesNotMatch');
    expect(await codeOfAnswer(await upload(url.split('?')[0] ?? '', 'x'))).to.equal(
      '403 SignatureDoesNotMatch',
    );
    const other = url.replace(/import-\w+/, 'import-other');
    expect(await codeOfAnswer(await upload(other, 'x'))).to.equal('403 SignatureDoesNotMatch');
    pool.clock.advance(15 * 60_000 - 1);
    expect((await upload(url, 'x')).status).to.equal(200);
    pool.clock.advance(1);
    expect(await codeOfAnswer(await upload(url, 'x'))).to.equal('403 AccessDenied');
  });

  it('takes a file that is larger than a request of the API', async () => {
    const { url } = await create(local);
    expect((await upload(url, 'x'.repeat(3 * 1024 * 1024))).status).to.equal(200);
  });

  it('does not start without a file, without auto verified attributes, and twice', async () => {
    const { sdk, UserPoolId } = local;
    const { JobId, url } = await create(local);
    const start = () => outcomeOf(sdk.startUserImportJob({ UserPoolId, JobId }));
    expect(await start()).to.match(/^PreconditionNotMetException: No CSV file was uploaded/);
    await upload(url, (await headerOf(local)).join(','));
    await sdk.updateUserPool({ UserPoolId });
    expect(await start()).to.equal(
      'PreconditionNotMetException: The user pool has no auto verified attributes.',
    );
    await sdk.updateUserPool({ UserPoolId, AutoVerifiedAttributes: ['email'] });
    expect(await start()).to.equal('ok');
    expect(await start()).to.match(/^PreconditionNotMetException: The job cannot be started\. Its status is/);
  });

  it('expires a day after its creation', async () => {
    const { sdk, pool, UserPoolId } = local;
    const { JobId } = await create(local);
    pool.clock.advance(24 * 3_600_000);
    const { UserImportJob } = await sdk.describeUserImportJob({ UserPoolId, JobId });
    expect(UserImportJob?.Status).to.equal('Expired');
    const job = { UserPoolId, JobId };
    for (const call of [sdk.startUserImportJob(job), sdk.stopUserImportJob(job)]) {
      expect(await outcomeOf(call)).to.match(/Its status is Expired\.$/);
    }
  });

  it('is the only one that runs, and imports no more users after it was stopped', async () => {
    const { sdk, UserPoolId } = local;
    const header = await headerOf(local);
    const rows = Array.from({ length: 20_000 }, (_each, index) =>
      userRow(header, `user${index}@example.com`),
    );
    const { JobId, url } = await create(local);
    await upload(url, [header.join(','), ...rows].join('\n'));
    await sdk.startUserImportJob({ UserPoolId, JobId });
    const second = await create(local);
    await upload(second.url, header.join(','));
    const parallel = sdk.startUserImportJob({ UserPoolId, JobId: second.JobId });
    expect(await outcomeOf(parallel)).to.match(
      /^PreconditionNotMetException: Another user import job is active/,
    );
    const { UserImportJob } = await sdk.stopUserImportJob({ UserPoolId, JobId });
    expect(UserImportJob).to.include({
      Status: 'Stopped',
      CompletionMessage: 'The Import Job was stopped by the developer.',
    });
    const again = await ended(local, JobId);
    expect(again.ImportedUsers).to.equal(UserImportJob?.ImportedUsers).and.to.be.below(rows.length);
    expect(await outcomeOf(sdk.stopUserImportJob({ UserPoolId, JobId }))).to.match(
      /Its status is Stopped\.$/,
    );
  });

  it('has failed if the process that ran it is gone', async () => {
    const service = {
      clock: { now: () => 0 },
      pools: new Map(),
      urlOf: () => 'http://localhost',
    } as unknown as ServerState;
    const pool = new UserPool(service, 'us-east-1_Restored', {});
    service.pools.set(pool.id, pool);
    const run = async (name: string, input: object) =>
      (await OPERATIONS[name]?.run(service, { UserPoolId: pool.id, ...input })) as {
        UserImportJob: UserImportJobType;
      };
    const created = await run('CreateUserImportJob', { JobName: 'users', CloudWatchLogsRoleArn: ROLE });
    const [job = expect.fail('no job')] = pool.importJobs.values();
    job.status = 'InProgress';
    const { UserImportJob } = await run('DescribeUserImportJob', { JobId: created.UserImportJob.JobId });
    expect(UserImportJob).to.include({ Status: 'Failed', CompletionMessage: 'The job was interrupted.' });
  });

  it('is listed in pages, the newest first', async () => {
    const { sdk, UserPoolId } = local;
    const ids = [(await create(local)).JobId, (await create(local)).JobId];
    const first = await sdk.listUserImportJobs({ UserPoolId, MaxResults: 1 });
    const second = await sdk.listUserImportJobs({
      UserPoolId,
      MaxResults: 1,
      PaginationToken: first.PaginationToken,
    });
    const listed = [first, second].flatMap(({ UserImportJobs = [] }) =>
      UserImportJobs.map((job) => job.JobId),
    );
    expect(listed).to.deep.equal(ids.toReversed());
    expect(second.PaginationToken).to.equal(undefined);
  });
});
