import type { Hint } from '../shared/hint.ts';

/** The app client that a secret belongs to. */
export interface AppClientIds {
  /** The ID of its user pool. */
  readonly userPoolId: string;
  /** Its client ID. */
  readonly clientId: string;
}

/** Reads the app client's secret from its store. The kit caches the value. */
export type ClientSecretSource = (app: AppClientIds) => string | Promise<string>;

/** Wider than the secrets of AWS (letters, digits and +), because other servers use other characters. */
export const SECRET_PATTERN: RegExp = /^[\x21-\x7e]{1,256}$/;

/** A misconfiguration that prevents reading the secret. `message` is the hint in the log. */
export class ClientSecretError extends Error {
  override readonly name = 'ClientSecretError';

  constructor(hint: Hint, options?: ErrorOptions) {
    super(hint, options);
  }
}
