export interface Group {
  readonly name: string;
  readonly description: string | undefined;
  readonly roleArn: string | undefined;
  readonly precedence: number | undefined;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

/** A domain of managed login. The local pool gives it back, and serves managed login at its own address. */
export interface PoolDomain {
  readonly name: string;
  readonly managedLoginVersion: number;
  /** Set for a custom domain, in place of a prefix of Cognito's own. */
  readonly customDomainConfig?: { readonly CertificateArn: string; readonly SecurityPolicy?: string };
  readonly routing?: object;
}

/** A secret of an app client, which has up to two valid ones. */
export interface ClientSecret {
  readonly id: string;
  readonly value: string;
  readonly createdAt: number;
}

/**
 * An identity provider of federated users. The pool shows a page in place of the provider, which accepts any
 * identity.
 */
export interface IdentityProvider {
  readonly name: string;
  readonly type: ProviderType;
  readonly details: Readonly<Record<string, string>>;
  readonly attributeMapping: Readonly<Record<string, string>>;
  /** Alternative names for the parameter `idp_identifier`. */
  readonly identifiers: readonly string[];
  /** Given back in answers, without effect. */
  readonly acrMapping: Readonly<Record<string, string>> | undefined;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

export const SOCIAL = ['Facebook', 'Google', 'LoginWithAmazon', 'SignInWithApple'] as const;

type ProviderType = (typeof SOCIAL)[number] | 'OIDC' | 'SAML';

/** A resource server (API). Tokens carry its scopes as `<identifier>/<scope>`. */
export interface ResourceServer {
  readonly identifier: string;
  readonly name: string;
  readonly scopes: readonly { readonly ScopeName: string; readonly ScopeDescription: string }[];
}
