import type { AttributeInput } from '../model/attributes.ts';
import { flag, list, type Member, required, stringMap, structure, text } from './input.ts';

export const clientId: Member<string, false> = text({ min: 1, max: 128, pattern: /[\w+]+/, sensitive: true });
export const poolId: Member<string, false> = text({ min: 1, max: 55, pattern: /[\w-]+_[0-9a-zA-Z]+/ });
export const username: Member<string, false> = text({
  min: 1,
  max: 128,
  pattern: /[\p{L}\p{M}\p{S}\p{N}\p{P}]+/u,
  sensitive: true,
});
export const password: Member<string, false> = text({
  max: 256,
  pattern: /^[\S]+.*[\S]+$/,
  sensitive: true,
});
export const secretHash: Member<string, false> = text({
  min: 1,
  max: 128,
  pattern: /[\w+=/]+/,
  sensitive: true,
});
export const clientSecret: Member<string, false> = text({
  min: 24,
  max: 64,
  pattern: /[\w+]+/,
  sensitive: true,
});
export const confirmationCode: Member<string, false> = text({ min: 1, max: 2048, pattern: /[\S]+/ });
export const token: Member<string, false> = text({ pattern: /[A-Za-z0-9-_=.]+/, sensitive: true });
export const deviceKey: Member<string, false> = text({ min: 1, max: 55, pattern: /[\w-]+_[0-9a-f-]+/ });
/** No maximum, because the API model (2048) and the API reference (4096) disagree. */
export const session: Member<string, false> = text({ min: 20, sensitive: true });
export const attributeName: Member<string, false> = text({
  min: 1,
  max: 32,
  pattern: /[\p{L}\p{M}\p{S}\p{N}\p{P}]+/u,
});
export const attribute: Member<AttributeInput, false> = structure({
  Name: required(attributeName),
  Value: text({ max: 2048, sensitive: true }),
});
export const groupName: Member<string, false> = text({
  min: 1,
  max: 128,
  pattern: /[\p{L}\p{M}\p{S}\p{N}\p{P}]+/u,
});
/** Name of an existing identity provider. Unlike for a new one, the API model allows spaces and underscores. */
export const providerReference: Member<string, false> = text({
  min: 1,
  max: 32,
  pattern: /[\p{L}\p{M}\p{S}\p{N}\p{P}\p{Z}]+/u,
});
export const clientMetadata: Member<Readonly<Record<string, string>>, false> = stringMap();
/** Checked and ignored: Amazon Pinpoint would get it. */
export const analyticsMetadata: Member<{ readonly AnalyticsEndpointId?: string }, false> = structure({
  AnalyticsEndpointId: text(),
});
export const userContextData: Member<{ readonly IpAddress?: string; readonly EncodedData?: string }, false> =
  structure({ IpAddress: text(), EncodedData: text() });
/** The context data of administrator operations. */
export const contextData: Member<{ readonly IpAddress: string; readonly EncodedData?: string }, false> =
  structure({
    IpAddress: required(text()),
    ServerName: required(text()),
    ServerPath: required(text()),
    HttpHeaders: required(list(structure({ headerName: text(), headerValue: text() }))),
    EncodedData: text(),
  });
export const mfaSettings: Member<{ readonly Enabled?: boolean; readonly PreferredMfa?: boolean }, false> =
  structure({ Enabled: flag(), PreferredMfa: flag() });
/** Pagination token. */
export const pageToken: Member<string, false> = text({ min: 1, max: 131_072, pattern: /[\S]+/ });
