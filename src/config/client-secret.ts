/** The app client that a secret belongs to. */
export interface AppClientIds {
  readonly userPoolId: string;
  readonly clientId: string;
}

/** Reads the app client's secret from the place where it is kept. The kit caches the value. */
export type ClientSecretSource = (app: AppClientIds) => string | Promise<string>;

/** AWS makes secrets of letters, digits and +; other servers do as they like. */
export const SECRET_PATTERN: RegExp = /^[\x21-\x7e]{1,256}$/;

/** A misconfiguration that keeps the secret from being read. `message` is the hint in the log. */
export class ClientSecretError extends Error {
  override readonly name = 'ClientSecretError';
}
