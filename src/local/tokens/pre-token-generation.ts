import { groupClaims } from '../model/groups.ts';
import { isObject } from '../model/json-object.ts';
import type { AppClient } from '../model/pool.ts';
import type { TokenOverrides } from '../model/sign-in-state.ts';
import type { TokenSource } from '../model/triggers.ts';
import type { User } from '../model/user.ts';
import { tokenTriggerOf } from '../triggers/lambda-config.ts';
import { attributesForTrigger, runTrigger, textsOf } from '../triggers/run-trigger.ts';
import { invalidTriggerAnswer } from '../triggers/trigger-errors.ts';
import { API_SCOPE } from './scopes.ts';

type Claims = Record<string, unknown>;

/** Claims that a trigger cannot change. Groups and scopes have members of their own in the event. */
const FIXED =
  /^(acr|amr|at_hash|aud|auth_time|azp|client_id|device_key|event_id|exp|iat|iss|jti|nbf|nonce|origin_jti|scope|sub|token_use|username|version|cognito:.*|dev:.*)$/;

/** Runs the trigger of the ID token (V1) or of both tokens (V2, V3), and returns its overrides. */
export async function runPreTokenGeneration(
  client: AppClient,
  user: User,
  source: TokenSource,
  clientMetadata: Readonly<Record<string, string>> | undefined,
  scopes: readonly string[] = [API_SCOPE],
): Promise<TokenOverrides> {
  const { pool } = client;
  const { groups, roles } = groupClaims(pool, user);
  const preferredRole = roles['cognito:preferred_role'] as string | undefined;
  const about = {
    userAttributes: attributesForTrigger(pool, user),
    groupConfiguration: {
      groupsToOverride: (groups['cognito:groups'] ?? []) as string[],
      iamRolesToOverride: (roles['cognito:roles'] ?? []) as string[],
      ...(preferredRole !== undefined && { preferredRole }),
    },
    ...(clientMetadata && { clientMetadata }),
  };
  const who = { source, clientId: client.id, userName: user.username };
  const name = tokenTriggerOf(pool);
  if (name !== 'preTokenGeneration') {
    const response = await runTrigger(pool, name, {
      ...who,
      version: name === 'preTokenGenerationV2' ? '2' : '3',
      request: { ...about, scopes: [...scopes] },
      response: { claimsAndScopeOverrideDetails: null },
    });
    if (!response) return {};
    const details = mapOf(response.claimsAndScopeOverrideDetails);
    const changed = groupsIn(details);
    const access = mapOf(details.accessTokenGeneration);
    return {
      idClaims: { ...claimsIn(mapOf(details.idTokenGeneration)), ...changed.groups, ...changed.roles },
      accessClaims: { ...claimsIn(access), ...changed.groups, scope: scopesIn(access, scopes) },
    };
  }
  const response = await runTrigger(pool, 'preTokenGeneration', {
    ...who,
    request: about,
    response: { claimsOverrideDetails: null },
  });
  const details = mapOf(response?.claimsOverrideDetails);
  const changed = groupsIn(details);
  const claimsToAddOrOverride = textsOf(details.claimsToAddOrOverride);
  return {
    idClaims: { ...claimsIn({ ...details, claimsToAddOrOverride }), ...changed.groups, ...changed.roles },
    accessClaims: changed.groups,
  };
}

/**
 * Runs version 3 of the trigger for an app's own access token, which has no user. Returns the token's claims. Other
 * versions do not run.
 */
export async function runForClientCredentials(
  { id, pool }: AppClient,
  scopes: readonly string[],
  clientMetadata: Readonly<Record<string, string>> | undefined,
): Promise<Claims> {
  if (tokenTriggerOf(pool) !== 'preTokenGenerationV3') return {};
  const response = await runTrigger(pool, 'preTokenGenerationV3', {
    source: 'TokenGeneration_ClientCredentials',
    clientId: id,
    userName: id,
    version: '3',
    request: {
      userAttributes: {},
      groupConfiguration: { groupsToOverride: [], iamRolesToOverride: [] },
      scopes: [...scopes],
      ...(clientMetadata && { clientMetadata }),
    },
    response: { claimsAndScopeOverrideDetails: null },
  });
  if (!response) return {};
  const access = mapOf(mapOf(response.claimsAndScopeOverrideDetails).accessTokenGeneration);
  return { ...claimsIn(access), scope: scopesIn(access, scopes) };
}

/** An undefined claim is left out of the token. */
function claimsIn({ claimsToAddOrOverride, claimsToSuppress }: Claims): Claims {
  const added = Object.entries(mapOf(claimsToAddOrOverride));
  const suppressed = listOf(claimsToSuppress).map((name) => [name, undefined] as const);
  return Object.fromEntries([...added, ...suppressed].filter(([name]) => !FIXED.test(name)));
}

function scopesIn({ scopesToAdd, scopesToSuppress }: Claims, granted: readonly string[]): string {
  const suppressed = listOf(scopesToSuppress);
  return [...granted, ...listOf(scopesToAdd)].filter((scope) => !suppressed.includes(scope)).join(' ');
}

/** Overridden groups exist only in the token. */
function groupsIn(details: Claims): { groups: Claims; roles: Claims } {
  const { groupsToOverride, iamRolesToOverride, preferredRole } = mapOf(details.groupOverrideDetails);
  return {
    groups: isGiven(groupsToOverride) ? { 'cognito:groups': listOf(groupsToOverride) } : {},
    roles: {
      ...(isGiven(iamRolesToOverride) && { 'cognito:roles': listOf(iamRolesToOverride) }),
      ...(typeof preferredRole === 'string' && { 'cognito:preferred_role': preferredRole }),
    },
  };
}

function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined;
}

function mapOf(value: unknown): Claims {
  if (value === null || value === undefined) return {};
  if (!isObject(value)) throw invalidTriggerAnswer();
  return value;
}

function listOf(value: unknown): string[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'string')) throw invalidTriggerAnswer();
  return value;
}
