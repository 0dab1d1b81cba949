import { runOperation } from '../operations/run-operation.ts';
import type { Answer } from '../wire/answer.ts';
import { html } from './html.ts';
import { formValue, goTo, type PageContext, pageUrl, type ShowPage } from './page-context.ts';
import { CODE, field, NEW_PASSWORD, nameField } from './page-fields.ts';
import { form } from './page-layout.ts';
import { single } from './request.ts';
import { sentTo } from './sign-up-pages.ts';

export const showForgotPassword: ShowPage = (context, messages) => ({
  title: 'Forgot your password?',
  ...messages,
  content: html`<p>Request a code to set a new password.</p>
${form(
  context.session.csrf,
  [field(nameField(context.request.pool, formValue(context, 'username') || context.flow?.username))],
  'Send code',
)}
<p class="links"><a href="${pageUrl(context, 'login')}">Back to sign-in</a></p>`,
});

export async function handleForgotPassword(context: PageContext): Promise<Answer> {
  const { client } = context.authorization;
  const username = formValue(context, 'username');
  const sent = await runOperation(client, 'ForgotPassword', { Username: username });
  return goTo(context, 'confirmForgotPassword', { client, username, notice: sentTo(sent) });
}

export const showNewPassword: ShowPage = (context, messages) => ({
  title: 'Set a new password',
  ...messages,
  content: html`${form(
    context.session.csrf,
    [
      ...(context.flow ? [] : [field(nameField(context.request.pool, formValue(context, 'username')))]),
      field(CODE),
      field(NEW_PASSWORD),
    ],
    'Set password',
  )}
<p class="links"><a href="${pageUrl(context, 'login')}">Back to sign-in</a></p>`,
});

export async function handleNewPassword(context: PageContext): Promise<Answer> {
  const { client } = context.authorization;
  const username = context.flow?.username ?? formValue(context, 'username');
  await runOperation(client, 'ConfirmForgotPassword', {
    Username: username,
    ConfirmationCode: formValue(context, 'code'),
    Password: single(context.request.form, 'password') ?? '',
  });
  return goTo(context, 'login', { client, username, notice: 'Your password is set. Sign in with it.' });
}
