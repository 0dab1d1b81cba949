import { createRequire } from 'node:module';
import type { ApiInputs } from '../../src/setup/api-input.ts';

type Members = Readonly<Record<string, unknown>>;

const require = createRequire(import.meta.url);
/** The parser of Terraform itself, as WebAssembly. An import would add its types, and with them the DOM, to all files. */
const hcl: { parse(file: string, text: string): Promise<unknown> } = require('@cdktf/hcl2json');

/** Returns the API calls that CloudFormation makes of the resources of a template. */
export function cloudFormationInputs(
  resources: Readonly<Record<string, { Properties: Members }>>,
): ApiInputs {
  const {
    UserPoolName,
    MfaConfiguration,
    EnabledMfas,
    WebAuthnRelyingPartyID: RelyingPartyId,
    WebAuthnUserVerification: UserVerification,
    ...userPool
  } = resources.UserPool?.Properties ?? {};
  const { UserPoolId: _pool, ...appClient } = resources.AppClient?.Properties ?? {};
  const { UserPoolId: _domain, ...domain } = resources.Domain?.Properties ?? {};
  const { UserPoolId: _style, ClientId: _client, ...branding } = resources.LoginStyle?.Properties ?? {};
  return {
    createUserPool: { PoolName: UserPoolName, ...userPool },
    setUserPoolMfaConfig: {
      MfaConfiguration,
      ...(Array.isArray(EnabledMfas) && {
        SoftwareTokenMfaConfiguration: { Enabled: EnabledMfas.includes('SOFTWARE_TOKEN_MFA') },
      }),
      ...(RelyingPartyId !== undefined && { WebAuthnConfiguration: { RelyingPartyId, UserVerification } }),
    },
    createUserPoolClient: appClient,
    createUserPoolDomain: resources.Domain && domain,
    createManagedLoginBranding: resources.LoginStyle && branding,
  } as ApiInputs;
}

/** Arguments of the AWS provider whose names do not derive from those of the API. */
const API_NAMES: Readonly<Record<string, string>> = {
  allowed_oauth_flows: 'AllowedOAuthFlows',
  allowed_oauth_flows_user_pool_client: 'AllowedOAuthFlowsUserPoolClient',
  allowed_oauth_scopes: 'AllowedOAuthScopes',
  callback_urls: 'CallbackURLs',
  logout_urls: 'LogoutURLs',
  recovery_mechanism: 'RecoveryMechanisms',
  from_email_address: 'From',
  tags: 'UserPoolTags',
};
/** Blocks that may be repeated, which the API has as a list. */
const REPEATED = ['recovery_mechanism'];
const MFA_BLOCKS = ['MfaConfiguration', 'SoftwareTokenMfaConfiguration', 'WebAuthnConfiguration'];
const POLICIES = ['PasswordPolicy', 'SignInPolicy'];

/** Returns the API calls that the AWS provider makes of a Terraform configuration. */
export async function terraformInputs(template: string): Promise<ApiInputs> {
  const { resource } = (await hcl.parse('main.tf', template)) as {
    resource: Readonly<Record<string, { main: readonly [Members] } | undefined>>;
  };
  const bodyOf = (type: string): Members | undefined => {
    const body = resource[type]?.main[0];
    if (body === undefined) return;
    const { user_pool_id: _pool, client_id: _client, ...own } = body;
    return apiMembers(own);
  };
  const { Name: PoolName, ...pool } = bodyOf('aws_cognito_user_pool') ?? {};
  const { Name: ClientName, ...client } = bodyOf('aws_cognito_user_pool_client') ?? {};
  const pick = (isWanted: (name: string) => boolean): Members =>
    Object.fromEntries(Object.entries(pool).filter(([name]) => isWanted(name)));
  return {
    createUserPool: {
      PoolName,
      ...pick((name) => !MFA_BLOCKS.includes(name) && !POLICIES.includes(name)),
      Policies: pick((name) => POLICIES.includes(name)),
    },
    setUserPoolMfaConfig: pick((name) => MFA_BLOCKS.includes(name)),
    createUserPoolClient: { ClientName, ...client },
    createUserPoolDomain: bodyOf('aws_cognito_user_pool_domain'),
    createManagedLoginBranding: bodyOf('aws_cognito_managed_login_branding'),
  } as ApiInputs;
}

function apiMembers(body: Members): Members {
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => {
      const own =
        API_NAMES[name] ?? name.replaceAll(/(?:^|_)(\w)/g, (_match, letter: string) => letter.toUpperCase());
      if (!isBlocks(value)) return [own, value];
      const blocks = value.map(apiMembers);
      return [own, REPEATED.includes(name) ? blocks : blocks[0]];
    }),
  );
}

function isBlocks(value: unknown): value is readonly Members[] {
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'object');
}
