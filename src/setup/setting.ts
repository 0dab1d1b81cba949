import type { SetupAnswers } from './answers.ts';

/** `error`: requests fail, or security is broken. `warning`: a risk. `advice`: an improvement. */
export type Severity = 'error' | 'warning' | 'advice';

/** The API operations that a setting belongs to, in the order in which they are called. */
export const RESOURCES = ['userPool', 'mfaConfig', 'appClient', 'domain', 'branding'] as const;
export type Resource = (typeof RESOURCES)[number];

/** One setting of a good user pool. */
export interface Setting {
  /** Stable, and the same as the doctor's finding if it has one. */
  readonly id: string;
  readonly resource: Resource;
  /** Path in the API's input and answer, such as `Policies.PasswordPolicy.MinimumLength`. */
  readonly member: string;
  /** Place in the AWS console, and the choice there. In Markdown. */
  readonly console: string;
  readonly choose: string;
  /** One sentence. */
  readonly why: string;
  /** The severity if the user pool has another value. */
  readonly severity: Severity;
  /** The setting cannot be changed after the resource was created. */
  readonly lasting?: true;
  /** The value for a new user pool. `undefined` to leave the member out. */
  value(answers: SetupAnswers): unknown;
  /** Tells whether an existing user pool is good. `described` is the whole resource. */
  accepts(actual: unknown, answers: SetupAnswers, described: Described): boolean;
}

/** Returns the text of a template's comment and of the documentation. */
export function reasonOf({ why, lasting }: Setting): string {
  return lasting ? `${why} Cannot be changed later.` : why;
}

/** A resource as the API describes it. */
export type Described = Readonly<Record<string, unknown>>;

/** Returns the member at a path, or `undefined`. */
export function memberOf(described: Described, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, key) => (typeof value === 'object' && value !== null ? (value as Described)[key] : undefined),
      described,
    );
}
