import { expect } from 'chai';
import { closeAll, type Local, outcomeOf, post, startLocal } from '../../support/local-sdk.ts';

const SIGNATURE = { authorization: 'AWS4-HMAC-SHA256 Credential=local' };
const UNKNOWN_ID = '00000000-0000-4000-8000-000000000000';
const LINKS = { 'cognito:default': 'https://example.com/terms' };
const GROUP = { LogGroupArn: 'arn:aws:logs:us-east-1:123456789012:log-group:g' };
const CATEGORY = (Category: string) => ({ LimitClass: 'API_CATEGORY' as const, Attributes: { Category } });

describe('A setting that the local pool refuses, as AWS does', () => {
  let local: Local;
  let ids: { UserPoolId: string; ClientId: string };
  beforeEach(async () => {
    local = await startLocal();
    ids = { UserPoolId: local.UserPoolId, ClientId: local.ClientId };
  });
  afterEach(closeAll);

  /** A pool of a tier, with an app client. */
  async function otherPool(settings: object): Promise<typeof ids> {
    const { UserPool } = await local.sdk.createUserPool({ PoolName: 'other', ...settings });
    const UserPoolId = UserPool?.Id ?? '';
    const { UserPoolClient } = await local.sdk.createUserPoolClient({ UserPoolId, ClientName: 'web' });
    return { UserPoolId, ClientId: UserPoolClient?.ClientId ?? '' };
  }

  it('is a branding style with neither defaults nor own values, and one with both', async () => {
    const { sdk } = local;
    expect(await outcomeOf(sdk.createManagedLoginBranding(ids))).to.equal(
      'InvalidParameterException: useCognitoProvidedValues or settings should be specified (but not both)',
    );
    const both = sdk.createManagedLoginBranding({ ...ids, UseCognitoProvidedValues: true, Settings: {} });
    expect(await outcomeOf(both)).to.match(
      /^InvalidParameterException: useCognitoProvidedValues or settings/,
    );
  });

  it('is a second branding style of an app client, until the first is deleted', async () => {
    const { sdk, UserPoolId } = local;
    const create = () => sdk.createManagedLoginBranding({ ...ids, UseCognitoProvidedValues: true });
    const { ManagedLoginBranding } = await create();
    expect(await outcomeOf(create())).to.match(/^ManagedLoginBrandingExistsException: /);
    const { ManagedLoginBrandingId } = ManagedLoginBranding ?? {};
    await sdk.deleteManagedLoginBranding({ UserPoolId, ManagedLoginBrandingId });
    expect(await outcomeOf(create())).to.equal('ok');
  });

  it('is an asset without bytes, and one that is not in base64', async () => {
    const asset = { Category: 'FORM_LOGO', ColorMode: 'DARK', Extension: 'PNG' };
    const send = (given: object) =>
      post(
        `${local.pool.url}/`,
        'CreateManagedLoginBranding',
        { ...ids, Settings: {}, Assets: [given] },
        SIGNATURE,
      );
    expect((await send(asset)).body).to.deep.equal({
      __type: 'InvalidParameterException',
      message: 'The asset FORM_LOGO needs either Bytes or a ResourceId.',
    });
    expect((await send({ ...asset, Bytes: '<svg>' })).body.__type).to.equal('SerializationException');
  });

  it('is a branding style that is larger than its limit of 2 MB, not one of 1.5 MB', async () => {
    const style = (characters: number) =>
      post(
        `${local.pool.url}/`,
        'CreateManagedLoginBranding',
        { ...ids, Settings: { text: 'x'.repeat(characters) } },
        SIGNATURE,
      );
    expect((await style(2 * 1024 * 1024)).body.Message).to.equal('The request body is too large');
    expect((await style(1_500_000)).status).to.equal(200);
  });

  it('is a feature of managed login in the tier LITE', async () => {
    const { sdk } = local;
    const lite = await otherPool({ UserPoolTier: 'LITE' });
    const branding = sdk.createManagedLoginBranding({ ...lite, UseCognitoProvidedValues: true });
    expect(await outcomeOf(branding)).to.equal(
      'FeatureUnavailableInTierException: The following feature is not available for the LITE pricing tier configured: Managed login branding',
    );
    const terms = sdk.createTerms({
      ...lite,
      TermsName: 'terms-of-use',
      TermsSource: 'LINK',
      Enforcement: 'NONE',
      Links: LINKS,
    });
    expect(await outcomeOf(terms)).to.match(/^FeatureUnavailableInTierException: .* Terms$/);
  });

  it('is a terms document of another name, language or protocol, and a second one', async () => {
    const { sdk, UserPoolId } = local;
    const create = (changes: object) =>
      sdk.createTerms({
        ...ids,
        TermsName: 'terms-of-use',
        TermsSource: 'LINK',
        Enforcement: 'NONE',
        Links: LINKS,
        ...changes,
      });
    expect(await outcomeOf(create({ TermsName: 'imprint' }))).to.include(
      "Value 'imprint' at 'termsName' failed to satisfy constraint: Member must satisfy regular expression pattern",
    );
    expect(await outcomeOf(create({ Links: { 'cognito:latin': 'https://example.com' } }))).to.include(
      "Value at 'links' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy",
    );
    expect(await outcomeOf(create({ Links: { 'cognito:default': 'https://a b' } }))).to.include(
      "Value at 'links' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length",
    );
    expect(await outcomeOf(create({ Links: {} }))).to.include(
      "Value at 'links' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
    expect(await outcomeOf(create({ Links: { 'cognito:default': 'javascript:alert(1)' } }))).to.equal(
      'InvalidParameterException: Links must be URLs with the protocol https or http.',
    );
    expect(await outcomeOf(create({ Links: undefined }))).to.match(/^InvalidParameterException: Links is/);
    const { Terms } = await create({});
    const { Terms: privacy } = await create({ TermsName: 'privacy-policy' });
    expect(await outcomeOf(create({}))).to.match(/^TermsExistsException: Terms terms-of-use already exist/);
    const renamed = sdk.updateTerms({ UserPoolId, TermsId: privacy?.TermsId, TermsName: 'terms-of-use' });
    expect(await outcomeOf(renamed)).to.match(/^TermsExistsException: /);
    await sdk.deleteTerms({ UserPoolId, TermsId: Terms?.TermsId });
    const deleted = sdk.describeTerms({ UserPoolId, TermsId: Terms?.TermsId });
    expect(await outcomeOf(deleted)).to.equal('ResourceNotFoundException: Terms do not exist.');
    const byName = sdk.describeTermsByClient({ ...ids, TermsName: 'terms-of-use' });
    expect(await outcomeOf(byName)).to.equal('ResourceNotFoundException: Terms do not exist.');
  });

  it('is an empty list and a tag that is too long, as in the API model', async () => {
    const { sdk } = local;
    const create = (settings: object) => outcomeOf(sdk.createUserPool({ PoolName: 'x', ...settings }));
    expect(await create({ Schema: [] })).to.equal(
      "InvalidParameterException: 1 validation error detected: Value '[]' at 'schema' failed to satisfy constraint: " +
        'Member must have length greater than or equal to 1',
    );
    expect(await create({ AccountRecoverySetting: { RecoveryMechanisms: [] } })).to.include(
      "Value '[]' at 'accountRecoverySetting.recoveryMechanisms' failed",
    );
    expect(await create({ UserPoolTags: { ['k'.repeat(129)]: 'v' } })).to.include(
      "at 'userPoolTags' failed to satisfy constraint: Map keys must satisfy constraint: " +
        '[Member must have length less than or equal to 128, Member must have length greater than or equal to 1]',
    );
    const Tags = { team: 'v'.repeat(257) };
    const ResourceArn = `arn:aws:cognito-idp:us-east-1:000000000000:userpool/${local.UserPoolId}`;
    expect(await outcomeOf(sdk.tagResource({ ResourceArn, Tags }))).to.include(
      "at 'tags' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length",
    );
    expect(await outcomeOf(sdk.tagResource({ ResourceArn, Tags: { team: 'v'.repeat(256) } }))).to.equal('ok');
  });

  it('is an e-mail text with a control character, told with the pattern of the API model', async () => {
    const { sdk } = local;
    const create = (EmailVerificationMessage: string) =>
      outcomeOf(sdk.createUserPool({ PoolName: 'x', EmailVerificationMessage }));
    expect(await create('Code {####} \u0007')).to.include(
      "at 'emailVerificationMessage' failed to satisfy constraint: Member must satisfy regular expression pattern: " +
        '[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\s*]*\\{####\\}[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\s*]*',
    );
    expect(await create('No placeholder')).to.include("at 'emailVerificationMessage' failed");
    expect(await create('Código {####}\n🎉')).to.equal('ok');
  });

  it('is one of an unknown pool, client or resource', async () => {
    const { sdk, UserPoolId } = local;
    const foreign = await otherPool({});
    const outcomes = await Promise.all(
      [
        sdk.createManagedLoginBranding({
          UserPoolId,
          ClientId: foreign.ClientId,
          UseCognitoProvidedValues: true,
        }),
        sdk.describeManagedLoginBrandingByClient(ids),
        sdk.updateManagedLoginBranding({ UserPoolId, ManagedLoginBrandingId: UNKNOWN_ID, Settings: {} }),
        sdk.updateTerms({ UserPoolId, TermsId: UNKNOWN_ID }),
        sdk.describeUserImportJob({ UserPoolId, JobId: 'import-none' }),
        sdk.deleteUserPoolReplica({ UserPoolId, RegionName: 'eu-west-1' }),
        sdk.getUICustomization({ UserPoolId, ClientId: 'nobody' }),
        sdk.getSigningCertificate({ UserPoolId: 'us-east-1_Unknown' }),
        sdk.getUserPoolClientSessionConfiguration({ UserPoolId, ClientId: foreign.ClientId }),
      ].map((call) => outcomeOf(call)),
    );
    for (const outcome of outcomes) expect(outcome).to.match(/^ResourceNotFoundException: .+ not exist\.$/);
  });

  it('is a risk configuration while threat protection is off', async () => {
    const expected = 'UserPoolAddOnNotEnabledException: Threat protection is not enabled for the user pool.';
    expect(await outcomeOf(local.sdk.setRiskConfiguration({ UserPoolId: ids.UserPoolId }))).to.equal(
      expected,
    );
    const read = local.sdk.describeRiskConfiguration({ UserPoolId: ids.UserPoolId });
    expect(await outcomeOf(read)).to.equal(expected);
  });

  it('is a risk configuration that notifies without a sender, or with a range that is none', async () => {
    const { UserPoolId } = await otherPool({
      UserPoolTier: 'PLUS',
      UserPoolAddOns: { AdvancedSecurityMode: 'AUDIT' },
    });
    const set = (given: object) => outcomeOf(local.sdk.setRiskConfiguration({ UserPoolId, ...given }));
    const LowAction = { Notify: true, EventAction: 'NO_ACTION' };
    expect(await set({ AccountTakeoverRiskConfiguration: { Actions: { LowAction } } })).to.equal(
      'InvalidParameterException: NotifyConfiguration is required when an action has Notify.',
    );
    for (const range of ['10.0.0.1', '10.0.0.0/33', '10.0.0/8', '::/129', 'a/8', '10.0.0.0/8/8']) {
      expect(await set({ RiskExceptionConfiguration: { BlockedIPRangeList: [range] } }), range).to.equal(
        'InvalidParameterException: Incorrect CIDR format',
      );
    }
  });

  it('is a log configuration without one destination, of another level, of a low tier, or a second one', async () => {
    const set = (...LogConfigurations: object[]) =>
      outcomeOf(
        local.sdk.setLogDeliveryConfiguration({ UserPoolId: ids.UserPoolId, LogConfigurations } as never),
      );
    const errors = { EventSource: 'userNotification', LogLevel: 'ERROR' };
    expect(await set(errors)).to.match(/needs exactly one destination\.$/);
    const S3Configuration = { BucketArn: 'arn:aws:s3:::logs' };
    const withTwo = { ...errors, CloudWatchLogsConfiguration: GROUP, S3Configuration };
    expect(await set(withTwo)).to.match(/needs exactly one destination\.$/);
    expect(await set({ ...errors, LogLevel: 'INFO', S3Configuration })).to.match(
      /needs the log level ERROR\.$/,
    );
    const activity = { EventSource: 'userAuthEvents', LogLevel: 'INFO', S3Configuration };
    expect(await set(activity)).to.equal(
      'FeatureUnavailableInTierException: The following feature is not available for the ESSENTIALS pricing tier configured: Log Streaming',
    );
    const one = { ...errors, CloudWatchLogsConfiguration: GROUP };
    expect(await set(one, one)).to.equal(
      'InvalidParameterException: Request validation Failed. Following event sources appear more then once in a request: [userNotification].',
    );
    expect(await set(one)).to.equal('ok');
  });

  it('is a replica without its prerequisites, in a region that has one, and an active one to delete', async () => {
    const { sdk } = local;
    const RegionName = 'eu-west-1';
    const create = (UserPoolId: string, region = RegionName) =>
      outcomeOf(sdk.createUserPoolReplica({ UserPoolId, RegionName: region }));
    expect(await create(ids.UserPoolId)).to.match(/^OperationNotEnabledException: .* multi-Region customer/);
    const lite = await otherPool({ UserPoolTier: 'LITE' });
    expect(await create(lite.UserPoolId)).to.match(
      /^FeatureUnavailableInTierException: .* Multi-Region replication$/,
    );
    const KmsKeyArn = 'arn:aws:kms:us-east-1:123456789012:key/mrk-1';
    const { UserPoolId } = await otherPool({
      KeyConfiguration: { KeyType: 'CUSTOMER_MANAGED_KEY', KmsKeyArn },
    });
    expect(await create(UserPoolId, 'europe')).to.equal('InvalidParameterException: europe is not a region.');
    expect(await create(UserPoolId)).to.equal('ok');
    expect(await create(UserPoolId)).to.match(/already has a replica in eu-west-1/);
    expect(await create(UserPoolId, 'us-east-1')).to.match(/already has a replica in us-east-1/);
    await sdk.updateUserPoolReplica({ UserPoolId, RegionName, Status: 'ACTIVE' });
    const remove = () => sdk.deleteUserPoolReplica({ UserPoolId, RegionName });
    expect(await outcomeOf(remove())).to.match(/while its status is INACTIVE/);
    const { UserPoolReplicas } = await sdk.listUserPoolReplicas({ UserPoolId });
    expect(UserPoolReplicas?.map((each) => [each.RegionName, each.Role, each.Status])).to.deep.equal([
      ['us-east-1', 'PRIMARY', 'ACTIVE'],
      ['eu-west-1', 'SECONDARY', 'ACTIVE'],
    ]);
    await sdk.updateUserPoolReplica({ UserPoolId, RegionName, Status: 'INACTIVE' });
    expect((await remove()).UserPoolReplica?.Status).to.equal('DELETING');
    const primary = sdk.deleteUserPoolReplica({ UserPoolId, RegionName: 'us-east-1' });
    expect(await outcomeOf(primary)).to.match(/^InvalidParameterException: The primary/);
  });

  it('is a limit of an unknown category, and one below its default', async () => {
    const { sdk } = local;
    expect(await outcomeOf(sdk.getProvisionedLimit({ LimitDefinition: CATEGORY('Sales') }))).to.match(
      /^InvalidParameterException: Attributes must have the key Category only/,
    );
    const update = sdk.updateProvisionedLimit({
      LimitDefinition: CATEGORY('UserAuthentication'),
      RequestedLimitValue: 119,
    });
    expect(await outcomeOf(update)).to.equal(
      'InvalidParameterException: The limit of UserAuthentication cannot be lower than its default of 120.',
    );
  });

  it('is the session of an app client while the pool tracks none', async () => {
    const set = (client: typeof ids) =>
      outcomeOf(
        local.sdk.setUserPoolClientSessionConfiguration({ ...client, SSOSession: { MaxValidityMinutes: 5 } }),
      );
    expect(await set(await otherPool({}))).to.match(/^OperationNotEnabledException: Session tracking/);
    expect(await set(await otherPool({ UserPoolTier: 'LITE' }))).to.match(
      /^FeatureUnavailableInTierException: .* Session tracking$/,
    );
  });
});
