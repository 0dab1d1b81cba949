import type { Severity } from '../setup/setting.ts';
import type { Change } from './change.ts';

/** How to fix a finding. */
export interface Mend {
  /** One sentence. It never has a secret. */
  readonly advice: string;
  /** The change of a resource, which the doctor prints as an AWS CLI command and as lines of a template. */
  readonly change?: Change;
  /** Another command. */
  readonly command?: string;
}

/** The observation of a check. It never has a secret. */
export interface Observed extends Mend {
  readonly what: string;
  /** Replaces the severity of the check. */
  readonly severity?: Severity;
}

/** A rule about facts of one kind. */
export interface Check<Facts> {
  /** In kebab case, and stable. */
  readonly id: string;
  readonly severity: Severity;
  /** One sentence. */
  readonly why: string;
  /** Place in the AWS console. */
  readonly console?: string;
  /** Only a new resource can have the change. */
  readonly lasting?: true;
  /** Returns the observation, or `undefined` if the facts satisfy the rule. */
  find(facts: Facts): Observed | undefined;
}

/** Facts that could not be read. */
export interface NotChecked {
  /** The facts, in kebab case. */
  readonly id: string;
  readonly reason: string;
}
