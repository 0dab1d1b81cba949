import { CognitoError } from '../model/errors.ts';
import { runOperation } from '../operations/run-operation.ts';
import type { Answer } from '../wire/answer.ts';
import { RefusedRequest } from './error-page.ts';
import { html } from './html.ts';
import { sendPage } from './page-layout.ts';
import { type HostedRequest, single } from './request.ts';

/** GET /confirmUser: confirms a sign-up, for pools whose e-mails have a link in place of the code. */
export async function confirmUser({ pool, query }: HostedRequest): Promise<Answer> {
  const client = pool.service.clients.get(single(query, 'client_id') ?? '');
  if (client?.pool !== pool) {
    throw new RefusedRequest('invalid_request');
  }
  try {
    await runOperation(client, 'ConfirmSignUp', {
      Username: single(query, 'user_name') ?? '',
      ConfirmationCode: single(query, 'confirmation_code') ?? '',
    });
  } catch (error) {
    if (!(error instanceof CognitoError)) throw error;
    const content = html`<p>Request a new link in the app.</p>`;
    return {
      ...sendPage({ title: 'Confirmation failed', error: error.message, content }),
      error: error.name,
    };
  }
  return sendPage({
    title: 'Your registration is confirmed',
    content: html`<p>You can go back to the app and sign in.</p>`,
  });
}
