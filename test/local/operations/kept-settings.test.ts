import { expect } from 'chai';
import { closeAll, type Local, outcomeOf, sdkFor, startLocal } from '../../support/local-sdk.ts';
import { type Members, requestOf, type Samples, settingsOf } from '../../support/sdk-shapes.ts';

const GROUP = 'arn:aws:logs:us-east-1:123456789012:log-group:g';
const ACTION = { Notify: true, EventAction: 'NO_ACTION' };

const SAMPLES: Samples = {
  UserPoolId: undefined,
  ClientId: undefined,
  // Excludes own values.
  UseCognitoProvidedValues: false,
  Category: 'FORM_LOGO',
  ColorMode: 'DARK',
  Extension: 'PNG',
  // Excluded by Bytes.
  ResourceId: undefined,
  TermsName: 'terms-of-use',
  TermsSource: 'LINK',
  Enforcement: 'NONE',
  Links: { 'cognito:default': 'https://example.com/terms', 'cognito:german': 'https://example.com/agb' },
  EventFilter: ['SIGN_IN', 'SIGN_UP'],
  'CompromisedCredentialsRiskConfiguration.Actions.EventAction': 'BLOCK',
  From: 'a@example.com',
  ReplyTo: 'b@example.com',
  SourceArn: 'arn:aws:ses:us-east-1:123456789012:identity/a@example.com',
  Subject: 'A new sign-in',
  HtmlBody: '<p>Was it you?</p>',
  TextBody: 'Was it you?',
  LowAction: ACTION,
  MediumAction: { Notify: false, EventAction: 'MFA_REQUIRED' },
  HighAction: { Notify: false, EventAction: 'BLOCK' },
  BlockedIPRangeList: ['192.0.2.0/24', '2001:db8::/32'],
  SkippedIPRangeList: ['198.51.100.7/32'],
  LogLevel: 'ERROR',
  EventSource: 'userNotification',
  LogGroupArn: GROUP,
  // A log configuration has one destination.
  S3Configuration: undefined,
  FirehoseConfiguration: undefined,
  CSS: '.banner-customizable { background: #123456; }',
  RegionName: 'eu-west-1',
  UserPoolTags: { stage: 'test' },
  MaxValidityMinutes: 90,
  LimitClass: 'API_CATEGORY',
  Attributes: { Category: 'UserCreation' },
  RequestedLimitValue: 70,
  JobName: 'first job',
  CloudWatchLogsRoleArn: 'arn:aws:iam::123456789012:role/import',
  PasswordHashingAlgorithm: 'ARGON2ID',
};

const asIs = (from: object | undefined, names: readonly string[]): Members =>
  Object.fromEntries(Object.entries(from ?? {}).filter(([name]) => names.includes(name)));

/** Blobs of the SDK as plain arrays. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_key, each) => (each instanceof Uint8Array ? [...each] : each)));

describe('The settings of pools and clients that the local pool keeps', () => {
  let local: Local;
  let UserPoolId: string;
  let ClientId: string;
  beforeEach(async () => {
    local = await startLocal();
    const { UserPool } = await local.sdk.createUserPool({
      PoolName: 'shop',
      UserPoolTier: 'PLUS',
      UserPoolAddOns: { AdvancedSecurityMode: 'ENFORCED' },
      KeyConfiguration: {
        KeyType: 'CUSTOMER_MANAGED_KEY',
        KmsKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/mrk-1234abcd',
      },
    });
    UserPoolId = UserPool?.Id ?? '';
    const client = await local.sdk.createUserPoolClient({ UserPoolId, ClientName: 'web' });
    ClientId = client.UserPoolClient?.ClientId ?? '';
  });
  afterEach(closeAll);

  it('are all members of a branding style, also after they are sent back', async () => {
    const { sdk } = local;
    const request = requestOf('CreateManagedLoginBranding', SAMPLES);
    expect(request).to.have.all.keys('UseCognitoProvidedValues', 'Settings', 'Assets');
    const created = await sdk.createManagedLoginBranding({ ...request, UserPoolId, ClientId });
    const { ManagedLoginBrandingId = '' } = created.ManagedLoginBranding ?? {};
    const describe_ = async () =>
      (await sdk.describeManagedLoginBranding({ UserPoolId, ManagedLoginBrandingId })).ManagedLoginBranding;
    const before = await describe_();
    expect(plain(asIs(before, Object.keys(request)))).to.deep.equal(plain(request));
    expect(before).to.include.all.keys(settingsOf('ManagedLoginBrandingType'));
    await sdk.updateManagedLoginBranding({
      ...asIs(before, Object.keys(request)),
      UserPoolId,
      ManagedLoginBrandingId,
    });
    const after = await describe_();
    expect(after).to.deep.equal({ ...before, LastModifiedDate: after?.LastModifiedDate });
    const byClient = await sdk.describeManagedLoginBrandingByClient({ UserPoolId, ClientId });
    expect(byClient.ManagedLoginBranding).to.deep.equal(after);
  });

  it('are all members of terms, also after they are sent back', async () => {
    const { sdk } = local;
    const request = requestOf('CreateTerms', SAMPLES);
    const created = await sdk.createTerms({ ...request, UserPoolId, ClientId } as never);
    const TermsId = created.Terms?.TermsId ?? '';
    const before = (await sdk.describeTerms({ UserPoolId, TermsId })).Terms;
    expect(before).to.deep.include(request);
    expect(before).to.include.all.keys(settingsOf('TermsType'));
    await sdk.updateTerms({ ...request, UserPoolId, TermsId } as never);
    const after = (await sdk.describeTermsByClient({ UserPoolId, ClientId, TermsName: 'terms-of-use' }))
      .Terms;
    expect(after).to.deep.equal({ ...before, LastModifiedDate: after?.LastModifiedDate });
    const { Terms = [] } = await sdk.listTerms({ UserPoolId });
    expect(Terms.map((each) => each.TermsId)).to.deep.equal([TermsId]);
    expect(Terms[0]).to.include.all.keys(settingsOf('TermsDescriptionType'));
  });

  for (const owner of ['pool', 'client']) {
    it(`are all members of a risk configuration of the ${owner}, also after they are sent back`, async () => {
      const { sdk } = local;
      const ids = { UserPoolId, ...(owner === 'client' && { ClientId }) };
      const request = requestOf('SetRiskConfiguration', SAMPLES);
      expect(request).to.have.all.keys(
        settingsOf('RiskConfigurationType').filter((name) => !['UserPoolId', 'ClientId'].includes(name)),
      );
      await sdk.setRiskConfiguration({ ...request, ...ids });
      const before = (await sdk.describeRiskConfiguration(ids)).RiskConfiguration;
      expect(before).to.deep.include({ ...request, ...ids });
      await sdk.setRiskConfiguration({ ...asIs(before, Object.keys(request)), ...ids });
      const after = (await sdk.describeRiskConfiguration(ids)).RiskConfiguration;
      expect(after).to.deep.equal({ ...before, LastModifiedDate: after?.LastModifiedDate });
    });
  }

  it('are all members of log delivery', async () => {
    const { sdk } = local;
    const request = requestOf('SetLogDeliveryConfiguration', SAMPLES);
    await sdk.setLogDeliveryConfiguration({ ...request, UserPoolId } as never);
    const { LogDeliveryConfiguration } = await sdk.getLogDeliveryConfiguration({ UserPoolId });
    expect(LogDeliveryConfiguration).to.deep.equal({ ...request, UserPoolId });
  });

  it('are all members of a customization of the pages', async () => {
    const { sdk } = local;
    await sdk.createUserPoolDomain({ UserPoolId, Domain: 'shop' });
    const request = requestOf('SetUICustomization', SAMPLES);
    const { UICustomization } = await sdk.setUICustomization({ ...request, UserPoolId, ClientId });
    expect(UICustomization).to.include.all.keys(settingsOf('UICustomizationType'));
    expect(UICustomization).to.include({ CSS: request.CSS, UserPoolId, ClientId });
    expect(UICustomization?.ImageUrl).to.equal(
      `data:image/png;base64,${Buffer.from(request.ImageFile as Uint8Array).toString('base64')}`,
    );
    const found = await sdk.getUICustomization({ UserPoolId, ClientId });
    expect(found.UICustomization).to.deep.equal(UICustomization);
  });

  it('are all members of a replica', async () => {
    const { sdk } = local;
    const request = requestOf('CreateUserPoolReplica', SAMPLES);
    const { UserPoolReplica } = await sdk.createUserPoolReplica({ ...request, UserPoolId } as never);
    expect(UserPoolReplica).to.have.all.keys(settingsOf('UserPoolReplicaType'));
    const { Tags } = await sdk.listTagsForResource({ ResourceArn: UserPoolReplica?.UserPoolArn });
    expect(Tags).to.deep.equal(request.UserPoolTags);
  });

  it('are the sessions of an app client', async () => {
    const { sdk } = local;
    await sdk.setUserPoolSessionConfiguration({
      UserPoolId,
      UserSessionTracking: 'ENABLED',
      TokenSession: { MaxPerUser: 5 },
    });
    const ids = { UserPoolId, ClientId };
    const { $metadata: _first, ...plainClient } = await sdk.getUserPoolClientSessionConfiguration(ids);
    expect(plainClient).to.deep.equal({ ...ids, SSOSession: { MaxValidityMinutes: 60 } });
    const request = requestOf('SetUserPoolClientSessionConfiguration', SAMPLES);
    await sdk.setUserPoolClientSessionConfiguration({ ...request, ...ids } as never);
    const { $metadata: _second, ...config } = await sdk.getUserPoolClientSessionConfiguration(ids);
    expect(config).to.deep.equal({ ...request, ...ids });
  });

  it('are the provisioned limits of a region', async () => {
    const { sdk } = local;
    const request = requestOf('UpdateProvisionedLimit', SAMPLES);
    const { LimitDefinition } = requestOf('GetProvisionedLimit', SAMPLES);
    const read = async () => (await sdk.getProvisionedLimit({ LimitDefinition } as never)).Limit;
    expect(await read()).to.deep.equal({ LimitDefinition, ProvisionedLimitValue: 50, FreeLimitValue: 50 });
    await sdk.updateProvisionedLimit(request as never);
    expect(await read()).to.deep.equal({ LimitDefinition, ProvisionedLimitValue: 70, FreeLimitValue: 50 });
    const elsewhere = sdkFor(local.pool.url, 'eu-west-1');
    const other = await elsewhere.getProvisionedLimit({ LimitDefinition } as never);
    elsewhere.destroy();
    expect(other.Limit).to.include({ ProvisionedLimitValue: 50 });
  });

  it('are all members of a user import job', async () => {
    const { sdk } = local;
    const request = requestOf('CreateUserImportJob', SAMPLES);
    const { UserImportJob } = await sdk.createUserImportJob({ ...request, UserPoolId } as never);
    const { JobId } = UserImportJob ?? {};
    const found = (await sdk.describeUserImportJob({ UserPoolId, JobId })).UserImportJob;
    expect(found).to.deep.equal(UserImportJob);
    expect(found).to.include({ ...request, UserPoolId, Status: 'Created', ImportedUsers: 0 });
  });

  it('are the parts of a branding style that an update omits', async () => {
    const { sdk } = local;
    const LIGHT = { Category: 'FORM_LOGO', ColorMode: 'LIGHT', Extension: 'PNG', ResourceId: 'one' } as const;
    const DARK = { ...LIGHT, ColorMode: 'DARK' } as const;
    const created = await sdk.createManagedLoginBranding({
      UserPoolId,
      ClientId,
      Settings: { form: { radius: 4, color: 'red' }, page: 1 },
      Assets: [LIGHT, DARK],
    });
    const { ManagedLoginBrandingId } = created.ManagedLoginBranding ?? {};
    const style = { UserPoolId, ManagedLoginBrandingId };
    const changed = await sdk.updateManagedLoginBranding({
      ...style,
      Settings: { form: { color: 'blue' } },
      Assets: [{ ...DARK, ResourceId: 'two' }],
    });
    expect(changed.ManagedLoginBranding).to.deep.include({
      Settings: { form: { radius: 4, color: 'blue' }, page: 1 },
      Assets: [LIGHT, { ...DARK, ResourceId: 'two' }],
    });
    const reset = await sdk.updateManagedLoginBranding({ ...style, UseCognitoProvidedValues: true });
    expect(reset.ManagedLoginBranding).to.deep.include({ UseCognitoProvidedValues: true, Assets: [] });
    expect(reset.ManagedLoginBranding?.Settings).to.equal(undefined);
  });

  it('die with their app client', async () => {
    const { sdk } = local;
    await sdk.createUserPoolDomain({ UserPoolId, Domain: 'shop' });
    const ids = { UserPoolId, ClientId };
    await sdk.createManagedLoginBranding({ ...ids, UseCognitoProvidedValues: true });
    const branding = (await sdk.describeManagedLoginBrandingByClient(ids)).ManagedLoginBranding;
    await sdk.createTerms({ ...requestOf('CreateTerms', SAMPLES), ...ids } as never);
    await sdk.deleteUserPoolClient(ids);
    expect((await sdk.listTerms({ UserPoolId })).Terms).to.deep.equal([]);
    const gone = sdk.describeManagedLoginBranding({
      UserPoolId,
      ManagedLoginBrandingId: branding?.ManagedLoginBrandingId,
    });
    expect(await outcomeOf(gone)).to.equal(
      'ResourceNotFoundException: Managed login branding does not exist.',
    );
  });
});
