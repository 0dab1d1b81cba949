import type { AppClient } from '../model/pool.ts';
import type { IdentityProvider } from '../model/pool-resources.ts';
import { definitionOf } from '../model/schema.ts';
import { runTrigger, textsOf } from '../triggers/run-trigger.ts';

type Texts = Readonly<Record<string, string>>;

/** A user's profile at an identity provider. */
export interface Profile {
  /** The user's id at the provider. */
  readonly id: string;
  readonly attributes: Texts;
}

/**
 * Runs inboundFederation, which can replace the attributes of a profile before any other trigger. The trigger names them as
 * the provider does.
 */
export async function attributesAfterTrigger(
  { id: clientId, pool }: AppClient,
  provider: IdentityProvider,
  { id, attributes }: Profile,
): Promise<Texts> {
  const { username: _id, ...mapping } = provider.attributeMapping;
  const named = Object.entries(attributes).map(([name, value]) => [mapping[name] ?? name, value] as const);
  const raw = { sub: id, ...Object.fromEntries(named) };
  const response = await runTrigger(pool, 'inboundFederation', {
    source: 'InboundFederation_ExternalProvider',
    clientId,
    userName: id,
    request: {
      providerName: provider.name,
      providerType: provider.type,
      // The page in place of the provider issues no tokens.
      attributes:
        provider.type === 'SAML' ? { samlResponse: raw } : { tokenResponse: {}, idToken: raw, userInfo: raw },
    },
    response: { userAttributesToMap: {} },
  });
  const changed = Object.entries(textsOf(response?.userAttributesToMap));
  if (changed.length === 0) return attributes;
  const byProvider = new Map(Object.entries(mapping).map(([name, theirs]) => [theirs, name]));
  return Object.fromEntries(
    changed
      .map(([theirs, value]) => [byProvider.get(theirs) ?? theirs, value] as const)
      .filter(([name]) => name !== 'sub' && definitionOf(pool.settings, name)),
  );
}
