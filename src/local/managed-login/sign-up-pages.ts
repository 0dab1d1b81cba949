import type { CodeDeliveryDetails } from '../messages/codes.ts';
import { requiredAttributes } from '../model/attributes.ts';
import { invalidParameter } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import { runOperation } from '../operations/run-operation.ts';
import { finishKnown } from '../sign-in/password.ts';
import type { Answer } from '../wire/answer.ts';
import { html } from './html.ts';
import { attributeField, CODE, field, NEW_PASSWORD, nameField } from './page-fields.ts';
import { form } from './page-layout.ts';
import { single } from './request.ts';
import { goOn } from './sign-in.ts';
import { during, goTo, pageUrl, type ShowPage, said, type Visit } from './visit.ts';

export const showSignUp: ShowPage = (visit, messages) => {
  const { request, session } = visit;
  const fields = [
    nameField(request.pool, said(visit, 'username')),
    ...attributesToAsk(request.pool).map((name) => attributeField(name, said(visit, `attribute.${name}`))),
    NEW_PASSWORD,
  ];
  return {
    title: 'Create an account',
    ...messages,
    content: html`${form(session.csrf, fields.map(field), 'Create the account')}
<p class="links"><a href="${pageUrl(visit, 'login')}">Sign in instead</a></p>`,
  };
};

export async function handleSignUp(visit: Visit): Promise<Answer> {
  const { asked, request } = visit;
  const { client } = asked;
  const username = said(visit, 'username');
  const UserAttributes = attributesToAsk(request.pool)
    .map((Name) => ({ Name, Value: said(visit, `attribute.${Name}`) }))
    .filter(({ Value }) => Value !== '');
  const created = (await runOperation(client, 'SignUp', {
    Username: username,
    Password: single(request.form, 'password') ?? '',
    UserAttributes,
  })) as { UserSub: string; CodeDeliveryDetails?: CodeDeliveryDetails };
  const newUser = request.pool.users.find(created.UserSub);
  if (!newUser) throw invalidParameter('The account is gone.');
  if (newUser.status === 'CONFIRMED') {
    return goOn(visit, username, await during('InitiateAuth', visit, () => finishKnown(client, newUser)));
  }
  return goTo(visit, 'confirm', { client, username, newUser, notice: sentTo(created) });
}

export const showConfirm: ShowPage = (visit, messages) => ({
  title: 'Confirm your account',
  ...messages,
  content: html`<p>Enter the code that was sent to you when you created the account${
    visit.flow ? html` <b>${visit.flow.username}</b>` : undefined
  }.</p>
${form(
  visit.session.csrf,
  [...(visit.flow ? [] : [field(nameField(visit.request.pool, said(visit, 'username')))]), field(CODE)],
  'Confirm',
  html`<button class="second" name="action" value="resend" formnovalidate>Send a new code</button>
`,
)}
<p class="links"><a href="${pageUrl(visit, 'login')}">Back to sign-in</a></p>`,
});

export async function handleConfirm(visit: Visit): Promise<Answer> {
  const { client } = visit.asked;
  const username = visit.flow?.username ?? said(visit, 'username');
  const newUser = visit.flow?.newUser;
  if (single(visit.request.form, 'action') === 'resend') {
    const sent = await runOperation(client, 'ResendConfirmationCode', { Username: username });
    return goTo(visit, 'confirm', { client, username, ...(newUser && { newUser }), notice: sentTo(sent) });
  }
  await runOperation(client, 'ConfirmSignUp', {
    Username: username,
    ConfirmationCode: said(visit, 'code'),
  });
  if (!newUser) return goTo(visit, 'login', { client, username, notice: 'Your account is confirmed.' });
  return goOn(visit, username, await during('InitiateAuth', visit, () => finishKnown(client, newUser)));
}

export function sentTo(answer: object): string {
  const { CodeDeliveryDetails: sent } = answer as { CodeDeliveryDetails?: CodeDeliveryDetails };
  return sent ? `A code was sent to ${sent.Destination}.` : 'Your account was created.';
}

/** What an account has to have beside its name. */
function attributesToAsk({ settings }: UserPool): string[] {
  const { UsernameAttributes = [], AutoVerifiedAttributes = [] } = settings;
  const names = new Set([...requiredAttributes(settings), ...AutoVerifiedAttributes]);
  // One of the two is the name itself.
  for (const name of UsernameAttributes) names.delete(name);
  return [...names];
}
