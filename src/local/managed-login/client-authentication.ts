import type { IncomingHttpHeaders } from 'node:http';
import type { AppClient } from '../model/pool.ts';
import { clientSecretMatches } from '../sign-in/secret-hash.ts';
import { type HostedRequest, hasRepeats, single } from './request.ts';

/** An error of RFC 6749, section 5.2; the message is its code. */
export class OAuthError extends Error {
  readonly status: number;
  readonly description: string | undefined;

  /** @param status - always 400 at /oauth2/token, as in Cognito */
  constructor(code: string, status = 400, description?: string) {
    super(code);
    this.status = status;
    this.description = description;
  }
}

/** Authenticates the app client, by Basic or form members. A public client only names itself. */
export function authenticateClient({ pool, headers, form }: HostedRequest, status = 400): AppClient {
  if (hasRepeats(form)) throw new OAuthError('invalid_request');
  const basic = basicCredentials(headers);
  const inForm = { id: single(form, 'client_id'), secret: single(form, 'client_secret') };
  if (basic && inForm.secret !== undefined) throw new OAuthError('invalid_request');
  const { id, secret } = basic ?? inForm;
  if (id === undefined) throw new OAuthError(basic ? 'invalid_client' : 'invalid_request');
  const client = pool.service.clients.get(id);
  const named = inForm.id === undefined || inForm.id === id;
  if (client?.pool !== pool || !named) throw new OAuthError('invalid_client', status);
  if (!clientSecretMatches(client, secret)) {
    // Captures of /oauth2/token have a description. Those of /oauth2/revoke, with status 401, are unknown.
    const described = client.secrets.length > 0 && status === 400;
    throw new OAuthError('invalid_client', status, described ? 'invalid_client_secret' : undefined);
  }
  return client;
}

function basicCredentials({
  authorization = '',
}: IncomingHttpHeaders): { id: string | undefined; secret: string | undefined } | undefined {
  const encoded = /^Basic +(\S*)$/i.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  const [id = '', ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  try {
    // RFC 6749, section 2.3.1: both are form-encoded. Neither can contain "%".
    return {
      id: decodeURIComponent(id) || undefined,
      secret: decodeURIComponent(rest.join(':')) || undefined,
    };
  } catch {
    return { id: undefined, secret: undefined };
  }
}
