import type { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';

/** Members that differ between a pool and its copy: dates, secrets, generated IDs, and the number of users. */
const OWN = [
  ...['$metadata', 'CreationDate', 'LastModifiedDate', 'EstimatedNumberOfUsers'],
  ...['ClientSecret', 'ClientSecretArn', 'client_secret', 'TermsId', 'CSSVersion'],
];

/** Describes all settings of a pool with the operations of an administrator. */
export async function describeAll(sdk: CognitoIdentityProvider, UserPoolId: string): Promise<object> {
  const { UserPool } = await sdk.describeUserPool({ UserPoolId });
  const { UserPoolClients = [] } = await sdk.listUserPoolClients({ UserPoolId, MaxResults: 60 });
  const { Providers = [] } = await sdk.listIdentityProviders({ UserPoolId });
  const domains = [UserPool?.Domain, UserPool?.CustomDomain].filter((name) => name !== undefined);
  const { Terms = [] } = await sdk.listTerms({ UserPoolId, MaxResults: 60 });
  const owners = [undefined, ...UserPoolClients.map(({ ClientId }) => ClientId)];
  const hasThreatProtection = (UserPool?.UserPoolAddOns?.AdvancedSecurityMode ?? 'OFF') !== 'OFF';
  const all = {
    pool: UserPool,
    mfa: await sdk.getUserPoolMfaConfig({ UserPoolId }),
    session: await sdk.getUserPoolSessionConfiguration({ UserPoolId }),
    clients: await Promise.all(
      UserPoolClients.map(({ ClientId }) => sdk.describeUserPoolClient({ UserPoolId, ClientId })),
    ),
    providers: await Promise.all(
      Providers.map(({ ProviderName }) => sdk.describeIdentityProvider({ UserPoolId, ProviderName })),
    ),
    servers: await sdk.listResourceServers({ UserPoolId, MaxResults: 50 }),
    groups: await groupsIn(sdk, UserPoolId),
    domains: await Promise.all(domains.map((Domain) => sdk.describeUserPoolDomain({ Domain }))),
    sessions: await Promise.all(
      UserPoolClients.map(({ ClientId }) =>
        sdk.getUserPoolClientSessionConfiguration({ UserPoolId, ClientId }),
      ),
    ),
    risks: hasThreatProtection
      ? await Promise.all(owners.map((ClientId) => sdk.describeRiskConfiguration({ UserPoolId, ClientId })))
      : [],
    styles: await Promise.all(owners.map((ClientId) => sdk.getUICustomization({ UserPoolId, ClientId }))),
    terms: await Promise.all(Terms.map(({ TermsId }) => sdk.describeTerms({ UserPoolId, TermsId }))),
  };
  return JSON.parse(JSON.stringify(all, (name, value) => (OWN.includes(name) ? undefined : value)));
}

async function groupsIn(sdk: CognitoIdentityProvider, UserPoolId: string): Promise<object[]> {
  const groups: object[] = [];
  for (let NextToken: string | undefined, more = true; more; more = NextToken !== undefined) {
    const page = await sdk.listGroups({ UserPoolId, Limit: 60, NextToken });
    groups.push(...(page.Groups ?? []));
    ({ NextToken } = page);
  }
  return groups;
}
