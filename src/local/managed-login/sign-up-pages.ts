import type { CodeDeliveryDetails } from '../messages/codes.ts';
import { invalidParameter } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import { requiredAttributes } from '../model/schema.ts';
import { runOperation } from '../operations/run-operation.ts';
import { finishKnown } from '../sign-in/password.ts';
import type { Answer } from '../wire/answer.ts';
import { html } from './html.ts';
import { formValue, goTo, type PageContext, pageUrl, runWithOutbox, type ShowPage } from './page-context.ts';
import { attributeField, CODE, field, NEW_PASSWORD, nameField } from './page-fields.ts';
import { form } from './page-layout.ts';
import { single } from './request.ts';
import { continueSignIn } from './sign-in.ts';
import { termsLinks } from './terms-links.ts';

export const showSignUp: ShowPage = (context, messages) => {
  const { request, session } = context;
  const fields = [
    nameField(request.pool, formValue(context, 'username')),
    ...attributesToAsk(request.pool).map((name) =>
      attributeField(name, formValue(context, `attribute.${name}`)),
    ),
    NEW_PASSWORD,
  ];
  return {
    title: 'Create an account',
    ...messages,
    content: html`${form(session.csrf, fields.map(field), 'Create account')}
${termsLinks(context)}<p class="links"><a href="${pageUrl(context, 'login')}">Sign in instead</a></p>`,
  };
};

export async function handleSignUp(context: PageContext): Promise<Answer> {
  const { authorization, request } = context;
  const { client } = authorization;
  const username = formValue(context, 'username');
  const UserAttributes = attributesToAsk(request.pool)
    .map((Name) => ({ Name, Value: formValue(context, `attribute.${Name}`) }))
    .filter(({ Value }) => Value !== '');
  const created = (await runOperation(client, 'SignUp', {
    Username: username,
    Password: single(request.form, 'password') ?? '',
    UserAttributes,
  })) as { UserSub: string; CodeDeliveryDetails?: CodeDeliveryDetails };
  const newUser = request.pool.users.find(created.UserSub);
  if (!newUser) throw invalidParameter('The account was deleted.');
  if (newUser.status === 'CONFIRMED') {
    return continueSignIn(
      context,
      username,
      await runWithOutbox('InitiateAuth', context, () => finishKnown(client, newUser)),
    );
  }
  return goTo(context, 'confirm', { client, username, newUser, notice: sentTo(created) });
}

export const showConfirm: ShowPage = (context, messages) => ({
  title: 'Confirm your account',
  ...messages,
  content: html`<p>Enter the code that was sent to you when you created the account${
    context.flow ? html` <b>${context.flow.username}</b>` : undefined
  }.</p>
${form(
  context.session.csrf,
  [
    ...(context.flow ? [] : [field(nameField(context.request.pool, formValue(context, 'username')))]),
    field(CODE),
  ],
  'Confirm',
  html`<button class="second" name="action" value="resend" formnovalidate>Send a new code</button>
`,
)}
<p class="links"><a href="${pageUrl(context, 'login')}">Back to sign-in</a></p>`,
});

export async function handleConfirm(context: PageContext): Promise<Answer> {
  const { client } = context.authorization;
  const username = context.flow?.username ?? formValue(context, 'username');
  const newUser = context.flow?.newUser;
  if (single(context.request.form, 'action') === 'resend') {
    const sent = await runOperation(client, 'ResendConfirmationCode', { Username: username });
    return goTo(context, 'confirm', { client, username, ...(newUser && { newUser }), notice: sentTo(sent) });
  }
  await runOperation(client, 'ConfirmSignUp', {
    Username: username,
    ConfirmationCode: formValue(context, 'code'),
  });
  if (!newUser) return goTo(context, 'login', { client, username, notice: 'Your account is confirmed.' });
  return continueSignIn(
    context,
    username,
    await runWithOutbox('InitiateAuth', context, () => finishKnown(client, newUser)),
  );
}

export function sentTo(answer: object): string {
  const { CodeDeliveryDetails: sent } = answer as { CodeDeliveryDetails?: CodeDeliveryDetails };
  return sent ? `A code was sent to ${sent.Destination}.` : 'Your account was created.';
}

/** Returns the attributes that a new account needs beside the username. */
function attributesToAsk({ settings }: UserPool): string[] {
  const { UsernameAttributes = [], AutoVerifiedAttributes = [] } = settings;
  const names = new Set([...requiredAttributes(settings), ...AutoVerifiedAttributes]);
  // The username is one of these addresses.
  for (const name of UsernameAttributes) names.delete(name);
  return [...names];
}
