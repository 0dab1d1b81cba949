export interface Group {
  readonly name: string;
  readonly description: string | undefined;
  readonly roleArn: string | undefined;
  readonly precedence: number | undefined;
  readonly createdAt: number;
}

/** One secret of an app client. Both of two are valid. */
export interface ClientSecret {
  readonly id: string;
  readonly value: string;
  readonly createdAt: number;
}

/**
 * Where people come from who have no password in this pool. None is really asked: the pool shows a page in its place,
 * on which everybody says who they are.
 */
export interface IdentityProvider {
  readonly name: string;
  readonly type: ProviderType;
  readonly details: Readonly<Record<string, string>>;
  readonly attributeMapping: Readonly<Record<string, string>>;
  /** What an app may call it by, in `idp_identifier`, where its name is not to be seen. */
  readonly identifiers: readonly string[];
  readonly createdAt: number;
}

export const SOCIAL = ['Facebook', 'Google', 'LoginWithAmazon', 'SignInWithApple'] as const;

type ProviderType = (typeof SOCIAL)[number] | 'OIDC' | 'SAML';

/** An API of one's own, whose scopes the pool's tokens may carry as `<identifier>/<scope>`. */
export interface ResourceServer {
  readonly identifier: string;
  readonly name: string;
  readonly scopes: readonly { readonly ScopeName: string; readonly ScopeDescription: string }[];
}
