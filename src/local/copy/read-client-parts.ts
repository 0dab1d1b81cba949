import type * as Sdk from '@aws-sdk/client-cognito-identity-provider';
import { DEFAULT_SSO_MINUTES } from '../model/settings-rules.ts';
import type { ClientPartList } from './pool-copy.ts';

/** Reads one answer, and tells the name of the operation if AWS refuses it. */
export type Read = <T>(action: string, answer: Promise<T>) => Promise<T>;

/** Reads all pages of a list. */
export type ReadAll = <T>(
  pageAt: (token: string | undefined) => Promise<{ items: T[] | undefined; next: string | undefined }>,
) => Promise<T[]>;

interface Source {
  readonly sdk: typeof Sdk;
  readonly client: Sdk.CognitoIdentityProviderClient;
  readonly read: Read;
  readonly readAll: ReadAll;
  readonly UserPoolId: string;
  readonly clientIds: readonly string[];
}

/** The features of the pool. AWS refuses operations of the others. */
interface Features {
  readonly tracksSessions: boolean;
  readonly hasThreatProtection: boolean;
  readonly hasDomain: boolean;
  readonly hasTerms: boolean;
}

const LARGEST_PAGE = 60;

/** Reads the settings of app clients that have operations of their own. */
export async function readClientParts(
  source: Source,
  features: Features,
): Promise<Record<ClientPartList, object[]>> {
  return {
    clientSessions: features.tracksSessions ? await clientSessionsOf(source) : [],
    riskConfigurations: features.hasThreatProtection ? await riskConfigurationsOf(source) : [],
    uiCustomizations: features.hasDomain ? await uiCustomizationsOf(source) : [],
    terms: features.hasTerms ? await termsOf(source) : [],
  };
}

async function clientSessionsOf({ sdk, client, read, UserPoolId, clientIds }: Source): Promise<object[]> {
  const sessions: object[] = [];
  for (const ClientId of clientIds) {
    const { SSOSession } = await read(
      'GetUserPoolClientSessionConfiguration',
      client.send(new sdk.GetUserPoolClientSessionConfigurationCommand({ UserPoolId, ClientId })),
    );
    const { MaxValidityMinutes = DEFAULT_SSO_MINUTES } = SSOSession ?? {};
    if (MaxValidityMinutes !== DEFAULT_SSO_MINUTES)
      sessions.push({ ClientId, SSOSession: { MaxValidityMinutes } });
  }
  return sessions;
}

async function riskConfigurationsOf({ sdk, client, read, UserPoolId, clientIds }: Source): Promise<object[]> {
  const risks: object[] = [];
  let ofPool: string | undefined;
  for (const ClientId of [undefined, ...clientIds]) {
    const { RiskConfiguration = {} } = await read(
      'DescribeRiskConfiguration',
      client.send(new sdk.DescribeRiskConfigurationCommand({ UserPoolId, ClientId })),
    );
    const { UserPoolId: _pool, ClientId: _client, LastModifiedDate: _date, ...settings } = RiskConfiguration;
    const text = JSON.stringify(settings);
    if (text !== '{}' && text !== ofPool) risks.push({ ...(ClientId && { ClientId }), ...settings });
    // The answer for an app client without settings of its own can be those of the pool.
    ofPool ??= text;
  }
  return risks;
}

async function uiCustomizationsOf({ sdk, client, read, UserPoolId, clientIds }: Source): Promise<object[]> {
  const styles: object[] = [];
  for (const ClientId of ['ALL', ...clientIds]) {
    const { UICustomization: style = {} } = await read(
      'GetUICustomization',
      client.send(new sdk.GetUICustomizationCommand({ UserPoolId, ClientId })),
    );
    // The answer for an app client without a style of its own has that of all. An image has a URL, and no bytes.
    const { CSS, ImageUrl } = style;
    if (style.ClientId === ClientId && (CSS ?? ImageUrl) !== undefined)
      styles.push({ ClientId, CSS, ImageUrl });
  }
  return styles;
}

async function termsOf({ sdk, client, read, readAll, UserPoolId }: Source): Promise<object[]> {
  const listed = await readAll(async (NextToken) => {
    const page = { UserPoolId, MaxResults: LARGEST_PAGE, NextToken };
    const answer = await read('ListTerms', client.send(new sdk.ListTermsCommand(page)));
    return { items: answer.Terms, next: answer.NextToken };
  });
  const terms: object[] = [];
  for (const { TermsId } of listed) {
    const { Terms } = await read(
      'DescribeTerms',
      client.send(new sdk.DescribeTermsCommand({ UserPoolId, TermsId })),
    );
    const { ClientId, TermsName, TermsSource, Enforcement, Links } = Terms ?? {};
    terms.push({ ClientId, TermsName, TermsSource, Enforcement, Links });
  }
  return terms;
}
