import type { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import type { Config } from '../config/options.ts';
import { parseConfig, type Settings } from '../config/settings.ts';
import { isEmulator } from '../config/user-pool-id.ts';
import { acceptedIn } from '../setup/accepted-findings.ts';
import { appNeeds } from '../setup/app-needs.ts';
import { type DescribedResources, SEVERITIES, type Severity } from '../setup/setting.ts';
import { beyondCognito } from './beyond-cognito.ts';
import { commandOf, templateOf, withEndpoint } from './change.ts';
import { CLIENT_CHECKS } from './client-checks.ts';
import { ENVIRONMENT_CHECKS, type EnvironmentFacts } from './environment-checks.ts';
import { readPool } from './facts.ts';
import type { Check, NotChecked } from './finding.ts';
import { OUTSIDE_CHECKS } from './outside-checks.ts';
import { POOL_CHECKS } from './pool-checks.ts';
import { type OutsideFacts, probe } from './probes.ts';
import { SETTING_CHECKS } from './setting-checks.ts';

/** A deviation and its fix. It has no secret. */
export interface Finding {
  readonly id: string;
  readonly severity: Severity;
  readonly what: string;
  readonly why: string;
  /** Place in the AWS console, if the finding has one. */
  readonly console?: string;
  readonly mend: {
    readonly advice: string;
    /** A command for the shell. */
    readonly command?: string;
    /** Lines for the resource in CloudFormation, in YAML. */
    readonly template?: string;
  };
}

/** The result of a diagnosis, in the shape of `--json`. */
export interface Diagnosis {
  /** The version of this shape. Members may be added without a new version. */
  readonly version: 1;
  readonly userPoolId: string | undefined;
  readonly clientId: string | undefined;
  /** The errors first. */
  readonly findings: readonly Finding[];
  /** Advice that a tag of the user pool accepts, by id. It is not among the findings. */
  readonly accepted: readonly string[];
  readonly notChecked: readonly NotChecked[];
}

/** The subject of a diagnosis. */
export interface Subject extends Omit<EnvironmentFacts, 'settings' | 'hasCredentials'> {
  readonly config: Config;
  /** Reads the pool. Default: a new client with the credentials that the SDK finds. */
  readonly cognitoClient?: CognitoIdentityProviderClient;
}

export const CONFIG_FINDING = {
  id: 'config-invalid',
  severity: 'error',
  why: 'createCognitoRouter throws at the start.',
} as const;

/** Every check of the doctor, in the order of its page. */
export const ALL_CHECKS: readonly Pick<Check<never>, 'id' | 'severity' | 'why'>[] = [
  CONFIG_FINDING,
  ...OUTSIDE_CHECKS,
  ...SETTING_CHECKS,
  ...CLIENT_CHECKS,
  ...POOL_CHECKS,
  ...ENVIRONMENT_CHECKS,
];

/** Pairs of findings with one cause, the more exact one first. */
const SAME: readonly (readonly [string, string])[] = [
  ['client-auth-flow', 'client-flow-refused'],
  ['client-secret-missing', 'client-secret-refused'],
  ['client-secret-wrong', 'client-secret-refused'],
  ['client-secret-unexpected', 'client-secret-refused'],
  ['client-secret-unreadable', 'client-secret-refused'],
  ['client-secret-rotates', 'client-secret-refused'],
  ['client-user-existence-errors', 'client-reveals-users'],
];

/** Compares the configuration with the user pool and the environment. It changes nothing. */
export async function diagnose(subject: Subject): Promise<Diagnosis> {
  let settings: Settings;
  try {
    settings = parseConfig(subject.config, subject.env as NodeJS.ProcessEnv);
  } catch (error) {
    const what = (error as Error).message;
    const mend = { advice: 'Correct the option as the message says.' };
    return {
      version: 1,
      userPoolId: subject.config.userPoolId ?? subject.env.COGNITO_USER_POOL_ID,
      clientId: subject.config.clientId ?? subject.env.COGNITO_CLIENT_ID,
      findings: [{ ...CONFIG_FINDING, what, mend }],
      accepted: [],
      notChecked: [{ id: 'everything-else', reason: 'needs valid options' }],
    };
  }
  const [pool, outside] = await Promise.all([readPool(settings, subject.cognitoClient), probe(settings)]);
  const described = describedFor(pool.described, outside);
  const { userPool, appClient, mfaConfig } = described;
  const app = appNeeds(settings, subject.config, mfaConfig);
  const run = <F>(checks: readonly Check<F>[], facts: F): Finding[] =>
    checks.flatMap((check) => findingOf(check, facts, { described, settings }));
  const found = [
    ...run(OUTSIDE_CHECKS, outside),
    ...run(SETTING_CHECKS, { described, app }),
    ...(appClient
      ? run(CLIENT_CHECKS, {
          settings,
          client: appClient,
          secrets: pool.secrets,
          secret: outside.secret.value,
        })
      : []),
    ...(userPool ? run(POOL_CHECKS, { settings, pool: userPool }) : []),
    ...run(ENVIRONMENT_CHECKS, { ...subject, settings, hasCredentials: pool.hasCredentials }),
  ];
  const ids = new Set(found.map(({ id }) => id));
  const told = found.filter(({ id }) => !SAME.some(([better, worse]) => worse === id && ids.has(better)));
  const tagged = acceptedIn(userPool?.UserPoolTags);
  // A tag hides no error and no risk: its permission is given more freely than that of the settings.
  const isAccepted = ({ id, severity }: Finding): boolean => severity === 'advice' && tagged.includes(id);
  const findings = told.filter((finding) => !isAccepted(finding));
  return {
    version: 1,
    userPoolId: settings.userPoolId,
    clientId: settings.clientId,
    findings: findings.sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity)),
    accepted: told.filter(isAccepted).map(({ id }) => id),
    notChecked: [...pool.notChecked, ...beyondCognito(userPool, settings)],
  };
}

/** Leaves out a missing domain if an emulator has login pages without one. */
function describedFor(
  { domain, ...others }: Partial<DescribedResources>,
  { settings, discovery }: OutsideFacts,
): Partial<DescribedResources> {
  const hasPages = 'body' in discovery && discovery.body.authorization_endpoint !== undefined;
  const isNeeded = domain?.Domain !== undefined || !(hasPages && isEmulator(settings.endpoint));
  return { ...others, ...(domain && isNeeded && { domain }) };
}

function findingOf<F>(
  { id, severity, why, console, lasting, find }: Check<F>,
  facts: F,
  { described, settings }: { readonly described: Partial<DescribedResources>; readonly settings: Settings },
): Finding[] {
  const observed = find(facts);
  if (observed === undefined) return [];
  const { what, advice, change } = observed;
  const command =
    observed.command ?? (change && !lasting ? commandOf(change, described, settings) : undefined);
  const template = change && templateOf(change);
  return [
    {
      id,
      severity: observed.severity ?? severity,
      what,
      why,
      ...(console !== undefined && { console }),
      mend: {
        advice,
        ...(command !== undefined && { command: withEndpoint(command, settings.endpoint) }),
        ...(template !== undefined && { template }),
      },
    },
  ];
}
