import { runOperation } from '../operations/run-operation.ts';
import type { Answer } from '../wire/answer.ts';
import { html } from './html.ts';
import { CODE, field, NEW_PASSWORD, nameField } from './page-fields.ts';
import { form } from './page-layout.ts';
import { single } from './request.ts';
import { sentTo } from './sign-up-pages.ts';
import { goTo, pageUrl, type ShowPage, said, type Visit } from './visit.ts';

export const showForgotPassword: ShowPage = (visit, messages) => ({
  title: 'Forgot your password?',
  ...messages,
  content: html`<p>A code is sent to you, with which you can set a new password.</p>
${form(
  visit.session.csrf,
  [field(nameField(visit.request.pool, said(visit, 'username') || visit.flow?.username))],
  'Send the code',
)}
<p class="links"><a href="${pageUrl(visit, 'login')}">Back to sign-in</a></p>`,
});

export async function handleForgotPassword(visit: Visit): Promise<Answer> {
  const { client } = visit.asked;
  const username = said(visit, 'username');
  const sent = await runOperation(client, 'ForgotPassword', { Username: username });
  return goTo(visit, 'confirmForgotPassword', { client, username, notice: sentTo(sent) });
}

export const showNewPassword: ShowPage = (visit, messages) => ({
  title: 'Set a new password',
  ...messages,
  content: html`${form(
    visit.session.csrf,
    [
      ...(visit.flow ? [] : [field(nameField(visit.request.pool, said(visit, 'username')))]),
      field(CODE),
      field(NEW_PASSWORD),
    ],
    'Set the password',
  )}
<p class="links"><a href="${pageUrl(visit, 'login')}">Back to sign-in</a></p>`,
});

export async function handleNewPassword(visit: Visit): Promise<Answer> {
  const { client } = visit.asked;
  const username = visit.flow?.username ?? said(visit, 'username');
  await runOperation(client, 'ConfirmForgotPassword', {
    Username: username,
    ConfirmationCode: said(visit, 'code'),
    Password: single(visit.request.form, 'password') ?? '',
  });
  return goTo(visit, 'login', { client, username, notice: 'Your password is set. Sign in with it.' });
}
