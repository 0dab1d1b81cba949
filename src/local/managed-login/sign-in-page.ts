import { CognitoError } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import { proveWithPassword } from '../sign-in/password.ts';
import type { Answer } from '../wire/answer.ts';
import { providersOf } from './authorize.ts';
import { html } from './html.ts';
import { formValue, goTo, type PageContext, pageUrl, runWithOutbox, type ShowPage } from './page-context.ts';
import { type Field, field, nameField } from './page-fields.ts';
import { form } from './page-layout.ts';
import { single } from './request.ts';
import { continueSignIn } from './sign-in.ts';

export const showSignIn: ShowPage = (context, messages) => {
  const { authorization, request, session, flow } = context;
  const { pool } = request;
  const providers = providersOf(authorization.client).filter((name) => name !== 'COGNITO');
  const withPassword = providersOf(authorization.client).includes('COGNITO');
  const typed = formValue(context, 'username') || flow?.username || authorization.loginHint;
  const password: Field = {
    name: 'password',
    label: 'Password',
    type: 'password',
    autocomplete: 'current-password',
  };
  return {
    title: 'Sign in',
    ...messages,
    content: html`${providers.map(
      (name) =>
        html`<a class="button second idpButton-customizable" href="${pageUrl(context, 'provider', { identity_provider: name })}">Continue with ${name}</a>
`,
    )}${
      withPassword
        ? html`${form(session.csrf, [field(nameField(pool, typed)), field(password)], 'Sign in')}
<p class="links"><a href="${pageUrl(context, 'forgotPassword')}">Forgot your password?</a>${
            canSignUp(pool) ? html` <a href="${pageUrl(context, 'signup')}">Create an account</a>` : undefined
          }</p>`
        : undefined
    }`,
  };
};

export async function handleSignIn(context: PageContext): Promise<Answer> {
  const { client } = context.authorization;
  const username = formValue(context, 'username');
  const password = single(context.request.form, 'password') ?? '';
  try {
    const step = await runWithOutbox('InitiateAuth', context, () =>
      proveWithPassword(client, { username, password, given: {}, hosted: true }),
    );
    return await continueSignIn(context, username, step);
  } catch (error) {
    if (!(error instanceof CognitoError)) throw error;
    if (error.name === 'UserNotConfirmedException') return goTo(context, 'confirm', { client, username });
    if (error.name !== 'PasswordResetRequiredException') throw error;
    const notice = 'Set a new password before you sign in.';
    return goTo(context, 'forgotPassword', { client, username, notice });
  }
}

function canSignUp({ settings }: UserPool): boolean {
  return !settings.AdminCreateUserConfig?.AllowAdminCreateUserOnly;
}
