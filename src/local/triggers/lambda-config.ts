import type { UserPool } from '../model/pool.ts';
import type { LambdaConfig } from '../model/settings.ts';
import type { TriggerEvents, Triggers } from '../model/triggers.ts';

type TriggerName = keyof TriggerEvents;

const warned = new WeakMap<UserPool, Set<TriggerName>>();

/** Returns the function that stands in for the Lambda function of a trigger, if the pool's LambdaConfig has the trigger. */
export function functionOf<Name extends TriggerName>(pool: UserPool, name: Name): Triggers[Name] {
  if (!isConfigured(pool.settings.LambdaConfig ?? {}, name)) return undefined;
  const found = pool.service.triggers[name];
  if (!found) warnOnce(pool, name);
  return found;
}

/** Returns the LambdaConfig of a pool that runs these functions, and those of `given`. */
export function lambdaConfigOf(triggers: Triggers, region: string, given: LambdaConfig = {}): LambdaConfig {
  const config: Record<string, unknown> = {};
  for (const name of Object.keys(triggers) as TriggerName[]) {
    if (triggers[name] === undefined) continue;
    const LambdaArn = `arn:aws:lambda:${region}:000000000000:function:${name}`;
    if (name === 'preTokenGenerationV2')
      config.PreTokenGenerationConfig = { LambdaVersion: 'V2_0', LambdaArn };
    else config[memberOf(name)] = LambdaArn;
  }
  return { ...config, ...given };
}

/** Returns the name of a trigger in messages: without the version of its event. */
export function titleOf(name: TriggerName): string {
  return memberOf(name).replace(/V2$/, '');
}

function memberOf(name: TriggerName): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** A pool has one version of pre token generation; the newer member wins. */
function isConfigured(config: LambdaConfig, name: TriggerName): boolean {
  const version = config.PreTokenGenerationConfig?.LambdaVersion;
  if (name === 'preTokenGenerationV2') return version === 'V2_0' || version === 'V3_0';
  if (name === 'preTokenGeneration' && version !== undefined) return version === 'V1_0';
  return config[memberOf(name) as keyof LambdaConfig] !== undefined;
}

function warnOnce(pool: UserPool, name: TriggerName): void {
  const names = warned.get(pool) ?? new Set();
  if (names.has(name)) return;
  warned.set(pool, names.add(name));
  process.emitWarning(
    `The user pool ${pool.id} has ${titleOf(name)} in its LambdaConfig, but the local user pool has no function for it. ` +
      `The trigger does not run. Add triggers: { ${name} } to startLocalUserPool.`,
    { code: 'COGNITO_KIT_LOCAL_TRIGGER' },
  );
}
