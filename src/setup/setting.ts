import type {
  DomainDescriptionType,
  GetUserPoolMfaConfigResponse,
  ManagedLoginBrandingType,
  UserPoolClientType,
  UserPoolType,
} from '@aws-sdk/client-cognito-identity-provider';
import type { SetupAnswers } from './answers.ts';
import type { AppNeeds } from './app-needs.ts';

/** `error`: requests fail, or security is broken. `warning`: a risk. `advice`: an improvement, or a limit to lift before going live. */
export const SEVERITIES = ['error', 'warning', 'advice'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Resources as the API describes them, in the order of the operations that make them. */
export interface DescribedResources {
  readonly userPool: UserPoolType;
  readonly mfaConfig: GetUserPoolMfaConfigResponse;
  readonly appClient: UserPoolClientType;
  readonly domain: DomainDescriptionType;
  readonly branding: ManagedLoginBrandingType;
}

export type Resource = keyof DescribedResources;

/** One setting of a good user pool. */
export interface SettingOf<R extends Resource> {
  /** Stable, and the id of the doctor's finding. */
  readonly id: string;
  readonly resource: R;
  /** Path in the API's input and answer, such as `Policies.PasswordPolicy.MinimumLength`. */
  readonly member: string;
  /** Place in the AWS console. */
  readonly console: string;
  /** The choice there. In Markdown. */
  readonly choose: string;
  /** One sentence. */
  readonly why: string;
  /** The severity of a bad value. */
  readonly severity: Severity;
  /** The setting cannot be changed after the resource was created. */
  readonly lasting?: true;
  /** The value for a new user pool. `undefined` to leave the member out. */
  value(answers: SetupAnswers): unknown;
  /** Absent if the kit works with any value. */
  readonly rule?: Rule<DescribedResources[R]>;
}

export type Setting = { [R in Resource]: SettingOf<R> }[Resource];

/** The doctor's rule about a setting of an existing user pool. */
export interface Rule<Description> {
  /** Returns one sentence about a bad value, or `undefined`. */
  find(described: Description, app: AppNeeds): string | undefined;
  /** One sentence that says how to fix it. */
  fix(described: Description, app: AppNeeds): string;
  /** Members of the resource that fix it. Default: the member of the setting, with its value for a new user pool. */
  set?(described: Description, app: AppNeeds): Partial<Description>;
  /** The command that fixes it, if it is not an update of the resource. */
  command?(described: Description, app: AppNeeds): string;
}

/** Returns the text of a template's comment and of the documentation. */
export function reasonOf({ why, lasting }: Pick<Setting, 'why' | 'lasting'>): string {
  return lasting ? `${why} Cannot be changed later.` : why;
}
