/** An image of a branding style. `Bytes` are in base64. */
export interface BrandingAsset {
  readonly Category: string;
  readonly ColorMode: string;
  readonly Extension: string;
  readonly Bytes?: string;
  readonly ResourceId?: string;
}

/** A branding style of managed login. Times are milliseconds since the epoch. */
export interface Branding {
  readonly id: string;
  readonly clientId: string;
  readonly usesDefaults: boolean;
  readonly settings: Readonly<Record<string, unknown>> | undefined;
  readonly assets: readonly BrandingAsset[];
  readonly createdAt: number;
  readonly modifiedAt: number;
}

/** The name of a terms document. */
export type TermsName = 'terms-of-use' | 'privacy-policy';

/** A document to which the sign-up page links. Times are milliseconds since the epoch. */
export interface Terms {
  readonly id: string;
  readonly clientId: string;
  readonly name: TermsName;
  readonly source: string;
  readonly enforcement: string;
  /** URLs by language, such as `cognito:default`. */
  readonly links: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

/** The style of the classic pages. Times are milliseconds since the epoch. */
export interface UiCustomization {
  readonly css: string | undefined;
  /** The logo in base64. */
  readonly image: string | undefined;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

/** In place of a client id: the style of all app clients without one of their own. */
export const ALL_CLIENTS = 'ALL';
