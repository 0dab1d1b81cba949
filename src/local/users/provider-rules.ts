import { invalidParameter } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import { type IdentityProvider, SOCIAL } from '../model/pool-resources.ts';
import { schemaOf } from '../model/schema.ts';
import { redirectBindings } from './saml-metadata.ts';

type Details = Readonly<Record<string, string>>;

interface ProviderRule {
  readonly required: readonly string[];
  /** The exception for a missing one. Reports quote that of social providers without a full stop. */
  readonly missing: string;
  /** Claim of the user's id, mapped to `username`. */
  readonly id?: string;
  /** Details that Cognito adds, as in the API reference. */
  readonly added?: (given: Details) => Details;
  /** Details that Cognito reads from others. A given value has no effect. */
  readonly derived?: (given: Details) => Details;
}

const SOCIAL_DETAILS = {
  required: ['client_id', 'client_secret', 'authorize_scopes'],
  missing: 'client_id, client_secret and authorize_scopes are all required idp details',
} as const;

const RULES: Readonly<Record<IdentityProvider['type'], ProviderRule>> = {
  Google: {
    ...SOCIAL_DETAILS,
    id: 'sub',
    added: () => ({
      attributes_url: 'https://people.googleapis.com/v1/people/me?personFields=',
      attributes_url_add_attributes: 'true',
      authorize_url: 'https://accounts.google.com/o/oauth2/v2/auth',
      oidc_issuer: 'https://accounts.google.com',
      token_request_method: 'POST',
      token_url: 'https://www.googleapis.com/oauth2/v4/token',
    }),
  },
  Facebook: {
    ...SOCIAL_DETAILS,
    id: 'id',
    added: ({ api_version = 'v17.0' }) => ({
      api_version,
      attributes_url: `https://graph.facebook.com/${api_version}/me?fields=`,
      attributes_url_add_attributes: 'true',
      authorize_url: `https://www.facebook.com/${api_version}/dialog/oauth`,
      token_request_method: 'GET',
      token_url: `https://graph.facebook.com/${api_version}/oauth/access_token`,
    }),
  },
  LoginWithAmazon: {
    ...SOCIAL_DETAILS,
    id: 'user_id',
    added: () => ({
      attributes_url: 'https://api.amazon.com/user/profile',
      attributes_url_add_attributes: 'false',
      authorize_url: 'https://www.amazon.com/ap/oa',
      token_request_method: 'POST',
      token_url: 'https://api.amazon.com/auth/o2/token',
    }),
  },
  SignInWithApple: {
    required: ['client_id', 'private_key', 'team_id', 'key_id'],
    missing: 'clientId, privateKey, teamId, and keyId are all required idp details.',
    id: 'sub',
    added: () => ({
      attributes_url_add_attributes: 'false',
      authorize_url: 'https://appleid.apple.com/auth/authorize',
      oidc_issuer: 'https://appleid.apple.com',
      token_request_method: 'POST',
      token_url: 'https://appleid.apple.com/auth/token',
    }),
  },
  OIDC: {
    required: ['client_id', 'authorize_scopes', 'oidc_issuer', 'attributes_request_method'],
    missing:
      'clientId, authorizeScopes, oidcIssuer and attributesRequestMethod are all required idp details.',
    id: 'sub',
    added: () => ({ attributes_url_add_attributes: 'false' }),
  },
  SAML: {
    required: [],
    missing: '',
    derived: ({ MetadataFile = '' }) => redirectBindings(MetadataFile),
  },
};

/** Throws the exceptions of CreateIdentityProvider for invalid details. */
export function checkProvider({
  name,
  type,
  details,
}: Pick<IdentityProvider, 'name' | 'type' | 'details'>): void {
  if (SOCIAL.some((social) => social === type) && name !== type) {
    throw invalidParameter(`Provider ${name} cannot be of type ${type}.`);
  }
  const { required, missing } = RULES[type];
  if (required.some((key) => !details[key])) {
    throw invalidParameter(missing);
  }
  if (type === 'OIDC') checkIssuer(details);
  if (type === 'SAML' && !details.MetadataURL && !details.MetadataFile) {
    throw invalidParameter('At least one of the MetadataURL or MetadataFile should be provided.');
  }
  if (type === 'SAML' && details.MetadataURL && details.MetadataFile) {
    throw invalidParameter('Only one of the MetadataURL or MetadataFile should be provided.');
  }
}

function checkIssuer({ oidc_issuer = '', attributes_request_method: method = '' }: Details): void {
  if (!['POST', 'GET'].includes(method)) {
    throw invalidParameter(
      `1 validation error detected: Value '${method}' at 'providerConfiguration.oidcConfig.attributesRequestMethod' ` +
        'failed to satisfy constraint: Member must satisfy enum value set: [POST, GET]',
    );
  }
  if (!oidc_issuer.startsWith('https://')) throw invalidParameter('OIDC endpoint must start with https://');
}

/** Throws the exception for a mapping to attributes that the pool does not have. */
export function checkMapping({ settings }: UserPool, mapping: Details): void {
  const known = ['username', ...schemaOf(settings).map(({ Name }) => Name)];
  const unknown = Object.keys(mapping).filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw invalidParameter(`AttributeMapping contains invalid mapping: [${unknown.join(', ')}]`);
}

/** Returns the details with those that Cognito adds. */
export function completeDetails(type: IdentityProvider['type'], given: Details): Details {
  const { added, derived } = RULES[type];
  return { ...added?.(given), ...given, ...derived?.(given) };
}

/** Returns the mapping with the user's id as `username`. */
export function completeMapping(type: IdentityProvider['type'], given: Details): Details {
  const { id } = RULES[type];
  return id === undefined ? given : { username: id, ...given };
}
