import type { LocalUserPool, LocalUserPoolOptions } from '../../src/local/local-user-pool.ts';
import type { InboxMessage } from '../../src/local/model/messages.ts';
import { sdkFor, secretHash } from './local-sdk.ts';

/** Settings of a user pool with threat protection. */
export const THREAT_PROTECTION: NonNullable<LocalUserPoolOptions['pool']> = {
  UserPoolAddOns: { AdvancedSecurityMode: 'ENFORCED' },
};

/** Signs in from this address, through an app client that can propagate it. */
export async function signInFrom(
  pool: LocalUserPool,
  { username, password, ip }: { username: string; password: string; ip: string },
): Promise<void> {
  const config = pool.addClient({ GenerateSecret: true, EnablePropagateAdditionalUserContextData: true });
  const { clientId: ClientId, clientSecret = '' } = config;
  const sdk = sdkFor(pool.url);
  await sdk.initiateAuth({
    ClientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: {
      USERNAME: username,
      PASSWORD: password,
      SECRET_HASH: secretHash({ pool: { config } }, username, clientSecret),
    },
    UserContextData: { IpAddress: ip },
  });
  sdk.destroy();
}

/** Signs in from two addresses, and returns the warning that the user receives. */
export async function riskySignIn(
  pool: LocalUserPool,
  username: string,
  password: string,
): Promise<InboxMessage & { eventId: string }> {
  await signInFrom(pool, { username, password, ip: '192.0.2.1' });
  await signInFrom(pool, { username, password, ip: '203.0.113.9' });
  const message = pool.inbox.latest({ to: username, kind: 'risky_sign_in' });
  if (message?.eventId === undefined) throw new Error('no warning was sent');
  return { ...message, eventId: message.eventId };
}
