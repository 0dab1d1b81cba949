import { CognitoError } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import { proveWithPassword } from '../sign-in/password.ts';
import type { Answer } from '../wire/answer.ts';
import { providersOf } from './authorize.ts';
import { html } from './html.ts';
import { type Field, field, nameField } from './page-fields.ts';
import { form } from './page-layout.ts';
import { single } from './request.ts';
import { goOn } from './sign-in.ts';
import { during, goTo, pageUrl, type ShowPage, said, type Visit } from './visit.ts';

export const showSignIn: ShowPage = (visit, messages) => {
  const { asked, request, session, flow } = visit;
  const { pool } = request;
  const providers = providersOf(asked.client).filter((name) => name !== 'COGNITO');
  const withPassword = providersOf(asked.client).includes('COGNITO');
  const typed = said(visit, 'username') || flow?.username || asked.loginHint;
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
        html`<a class="button second" href="${pageUrl(visit, 'provider', { identity_provider: name })}">Continue with ${name}</a>
`,
    )}${
      withPassword
        ? html`${form(session.csrf, [field(nameField(pool, typed)), field(password)], 'Sign in')}
<p class="links"><a href="${pageUrl(visit, 'forgotPassword')}">Forgot your password?</a>${
            canSignUp(pool) ? html` <a href="${pageUrl(visit, 'signup')}">Create an account</a>` : undefined
          }</p>`
        : undefined
    }`,
  };
};

export async function handleSignIn(visit: Visit): Promise<Answer> {
  const { client } = visit.asked;
  const username = said(visit, 'username');
  const password = single(visit.request.form, 'password') ?? '';
  try {
    const step = await during('InitiateAuth', visit, () =>
      proveWithPassword(client, { username, password, given: {}, hosted: true }),
    );
    return await goOn(visit, username, step);
  } catch (error) {
    if (!(error instanceof CognitoError)) throw error;
    if (error.name === 'UserNotConfirmedException') return goTo(visit, 'confirm', { client, username });
    if (error.name !== 'PasswordResetRequiredException') throw error;
    const notice = 'You have to set a new password before you can sign in.';
    return goTo(visit, 'forgotPassword', { client, username, notice });
  }
}

function canSignUp({ settings }: UserPool): boolean {
  return !settings.AdminCreateUserConfig?.AllowAdminCreateUserOnly;
}
