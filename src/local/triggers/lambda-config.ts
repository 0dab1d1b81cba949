import type { UserPool } from '../model/pool.ts';
import type { LambdaConfig } from '../model/settings.ts';
import type { TriggerEvents, Triggers } from '../model/triggers.ts';

export type TriggerName = keyof TriggerEvents;

/** A Lambda function behind the Invoke API. */
export interface LambdaFunction {
  readonly endpoint: string;
  readonly arn: string;
  /** Ends an invocation. */
  readonly closing: AbortSignal;
}

/** The code of a trigger: a function of the option `triggers`, or one behind the Invoke API. */
type TriggerCode = { readonly run: NonNullable<Triggers[TriggerName]> } | { readonly lambda: LambdaFunction };

/** Versions of pre token generation, the newest first. */
const TOKEN_VERSIONS = {
  V3_0: 'preTokenGenerationV3',
  V2_0: 'preTokenGenerationV2',
  V1_0: 'preTokenGeneration',
} as const;

/** Triggers whose LambdaConfig has a version beside the ARN. */
const VERSIONED: readonly TriggerName[] = ['customEmailSender', 'customSmsSender', 'inboundFederation'];

/** ARNs of `lambdaConfigOf`. */
const STAND_IN = /^arn:aws:lambda:[^:]+:0{12}:function:[a-z]\w+$/;

const warned = new WeakMap<UserPool, Set<TriggerName>>();

/** Returns the code of a trigger, if the pool's LambdaConfig has the trigger. A given function comes before its ARN. */
export function codeOf(pool: UserPool, name: TriggerName): TriggerCode | undefined {
  const arn = arnOf(pool.settings.LambdaConfig ?? {}, name);
  if (arn === undefined) return undefined;
  const { triggers, lambdaEndpoint: endpoint, closing } = pool.service;
  const run = triggers[name];
  if (run) return { run };
  if (endpoint !== undefined) return { lambda: { endpoint, arn, closing } };
  warnOnce(pool, name);
  return undefined;
}

/** Returns the version of pre token generation that the pool runs: the newest in its LambdaConfig. */
export function tokenTriggerOf({ settings }: UserPool): (typeof TOKEN_VERSIONS)[keyof typeof TOKEN_VERSIONS] {
  return TOKEN_VERSIONS[settings.LambdaConfig?.PreTokenGenerationConfig?.LambdaVersion ?? 'V1_0'];
}

/** Returns the LambdaConfig of a pool that runs these functions, and those of `given`. */
export function lambdaConfigOf(triggers: Triggers, region: string, given: LambdaConfig = {}): LambdaConfig {
  const config: Record<string, unknown> = {};
  for (const name of Object.keys(triggers) as TriggerName[]) {
    if (triggers[name] === undefined) continue;
    const LambdaArn = `arn:aws:lambda:${region}:000000000000:function:${name}`;
    config[memberOf(name)] = VERSIONED.includes(name) ? { LambdaVersion: 'V1_0', LambdaArn } : LambdaArn;
  }
  for (const [LambdaVersion, name] of Object.entries(TOKEN_VERSIONS)) {
    const LambdaArn = config[memberOf(name)];
    if (LambdaArn === undefined || name === 'preTokenGeneration') continue;
    delete config[memberOf(name)];
    config.PreTokenGenerationConfig ??= { LambdaVersion, LambdaArn };
  }
  const sends = triggers.customEmailSender ?? triggers.customSmsSender;
  if (sends ?? given.CustomEmailSender ?? given.CustomSMSSender) config.KMSKeyID = defaultKeyOf(region);
  return { ...config, ...given };
}

/** Returns the LambdaConfig without the functions of `lambdaConfigOf`, which an earlier start had. */
export function withoutStandIns(config: LambdaConfig = {}): LambdaConfig {
  const isStandIn = (value: string | { readonly LambdaArn: string }): boolean =>
    STAND_IN.test(typeof value === 'string' ? value : value.LambdaArn);
  return Object.fromEntries(Object.entries(config).filter(([, value]) => !isStandIn(value)));
}

/** Returns the ARN of the KMS key for the codes of custom senders. */
export function kmsKeyOf({ settings, service }: UserPool): string {
  return settings.LambdaConfig?.KMSKeyID ?? defaultKeyOf(service.region);
}

function defaultKeyOf(region: string): string {
  return `arn:aws:kms:${region}:000000000000:key/00000000-0000-4000-8000-000000000000`;
}

/** Returns the name of a trigger in messages: without the version of its event. */
export function titleOf(name: TriggerName): string {
  return memberOf(name).replace(/V[23]$/, '');
}

function memberOf(name: TriggerName): string {
  if (name === 'customSmsSender') return 'CustomSMSSender';
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** A pool has one version of pre token generation; the newer member wins. */
function arnOf(config: LambdaConfig, name: TriggerName): string | undefined {
  const { PreTokenGenerationConfig: tokens } = config;
  if (tokens && titleOf(name) === 'PreTokenGeneration')
    return TOKEN_VERSIONS[tokens.LambdaVersion] === name ? tokens.LambdaArn : undefined;
  const value = config[memberOf(name) as keyof LambdaConfig];
  return typeof value === 'object' ? value.LambdaArn : value;
}

function warnOnce(pool: UserPool, name: TriggerName): void {
  const names = warned.get(pool) ?? new Set();
  if (names.has(name)) return;
  warned.set(pool, names.add(name));
  warnOfTrigger(
    `The user pool ${pool.id} has ${titleOf(name)} in its LambdaConfig, but the local user pool has no function for it. ` +
      `The trigger does not run. Add triggers: { ${name} } to startLocalUserPool, or set lambdaEndpoint (--lambda-endpoint). ` +
      'See docs/local-user-pool.md#lambda-triggers',
  );
}

/** Tells the developer why a trigger failed, if the client's exception does not. */
export function warnOfFailure(title: string, cause: `${string}. See docs/${string}`): void {
  warnOfTrigger(`The trigger ${title} failed: ${cause}`);
}

function warnOfTrigger(message: string): void {
  process.emitWarning(message, { code: 'COGNITO_KIT_LOCAL_TRIGGER' });
}
