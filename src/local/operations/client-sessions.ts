import type { AppClient } from '../model/pool.ts';
import { DEFAULT_SSO_MINUTES, requireSessionTracking, requireTier } from '../model/settings-rules.ts';
import { integer, required, structure } from '../wire/input.ts';
import { clientId } from '../wire/members.ts';
import { findClient, type OperationTable, poolOperation } from './operation.ts';

const NINETY_DAYS = 129_600;

/** How long the app clients reuse the SSO session of a browser. */
export const clientSessionOperations: OperationTable = {
  SetUserPoolClientSessionConfiguration: poolOperation(
    {
      ClientId: required(clientId),
      SSOSession: required(structure({ MaxValidityMinutes: required(integer(0, NINETY_DAYS)) })),
    },
    (pool, input) => {
      const client = findClient(pool.service, input.ClientId, pool);
      requireTier(pool.settings, 'ESSENTIALS', 'Session tracking');
      requireSessionTracking(pool.settings);
      client.ssoMinutes = input.SSOSession.MaxValidityMinutes;
      return sessionOut(client);
    },
  ),

  GetUserPoolClientSessionConfiguration: poolOperation({ ClientId: required(clientId) }, (pool, input) =>
    sessionOut(findClient(pool.service, input.ClientId, pool)),
  ),
};

function sessionOut({ id, pool, ssoMinutes = DEFAULT_SSO_MINUTES }: AppClient): object {
  return { UserPoolId: pool.id, ClientId: id, SSOSession: { MaxValidityMinutes: ssoMinutes } };
}
