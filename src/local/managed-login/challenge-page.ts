import { runOperation } from '../operations/run-operation.ts';
import { answerChallenge } from '../sign-in/challenges.ts';
import { invalidSession } from '../sign-in/sessions.ts';
import type { Answer } from '../wire/answer.ts';
import { type Html, html } from './html.ts';
import { formValue, type PageContext, pageUrl, runWithOutbox, type ShowPage } from './page-context.ts';
import { attributeField, CODE, field, NEW_PASSWORD } from './page-fields.ts';
import { form } from './page-layout.ts';
import { single } from './request.ts';
import { continueSignIn } from './sign-in.ts';

type Texts = Readonly<Record<string, string>>;

/** The form of a challenge, and its conversion to ChallengeResponses. */
interface ChallengeForm {
  readonly title: string;
  readonly show: (context: PageContext, parameters: Texts) => Html;
  readonly responses: (context: PageContext, parameters: Texts) => Texts;
}

const MFA_NAMES: Texts = {
  SMS_MFA: 'Text message',
  EMAIL_OTP: 'E-mail',
  SOFTWARE_TOKEN_MFA: 'Authenticator app',
};

/** The challenges after a password. A new one needs a row. */
const FORMS: Readonly<Record<string, ChallengeForm>> = {
  NEW_PASSWORD_REQUIRED: {
    title: 'Change your password',
    show: (context, parameters) =>
      form(
        context.session.csrf,
        [
          ...missingAttributes(parameters).map((name) =>
            field(attributeField(name, formValue(context, `attribute.${name}`))),
          ),
          field(NEW_PASSWORD),
        ],
        'Set password',
      ),
    responses: (context, parameters) => ({
      NEW_PASSWORD: single(context.request.form, 'password') ?? '',
      ...Object.fromEntries(
        missingAttributes(parameters).map((name) => [
          `userAttributes.${name}`,
          formValue(context, `attribute.${name}`),
        ]),
      ),
    }),
  },
  SMS_MFA: codeForm('SMS_MFA'),
  EMAIL_OTP: codeForm('EMAIL_OTP'),
  SOFTWARE_TOKEN_MFA: codeForm('SOFTWARE_TOKEN_MFA'),
  SELECT_MFA_TYPE: {
    title: 'Choose how to confirm that it is you',
    show: ({ session }, parameters) =>
      form(
        session.csrf,
        listIn(parameters.MFAS_CAN_CHOOSE).map(
          (name) =>
            html`<label><input type="radio" name="answer" value="${name}" required> ${MFA_NAMES[name] ?? name}</label>
`,
        ),
        'Continue',
      ),
    responses: (context) => ({ ANSWER: formValue(context, 'answer') }),
  },
  MFA_SETUP: {
    title: 'Set up a second factor',
    show: ({ session, flow }, parameters) => {
      const methods = listIn(parameters.MFAS_CAN_SETUP);
      const email = field({ name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'email' });
      return html`${
        flow?.totpSecret === undefined
          ? undefined
          : html`<p>Add this key to your authenticator app, and enter the code that it shows: <code id="totp-secret">${flow.totpSecret}</code></p>
${form(session.csrf, [field(CODE)], 'Set up the authenticator app')}`
      }${methods.includes('EMAIL_OTP') ? form(session.csrf, [email], 'Set up e-mail') : undefined}`;
    },
    responses(context): Texts {
      const email = formValue(context, 'email');
      return email ? { EMAIL: email } : {};
    },
  },
};

export const showChallenge: ShowPage = (context, messages) => {
  const { step } = context.flow ?? {};
  const challenge = FORMS[step?.ChallengeName ?? ''];
  return {
    title: challenge?.title ?? 'Sign in again',
    ...messages,
    content: html`${step && challenge?.show(context, step.ChallengeParameters)}
<p class="links"><a href="${pageUrl(context, 'login')}">Start again</a></p>`,
  };
};

export async function handleChallenge(context: PageContext): Promise<Answer> {
  const { authorization, flow } = context;
  const { ChallengeName = '', ChallengeParameters = {}, Session } = flow?.step ?? {};
  const challenge = FORMS[ChallengeName];
  if (!flow || !challenge) throw invalidSession();
  const responses = challenge.responses(context, ChallengeParameters);
  const session = ChallengeName === 'MFA_SETUP' ? await setUp(context, Session) : Session;
  const step = await runWithOutbox('RespondToAuthChallenge', context, () =>
    answerChallenge(authorization.client, {
      name: ChallengeName,
      username: ChallengeParameters.USER_ID_FOR_SRP ?? '',
      responses,
      session,
      hosted: true,
    }),
  );
  return continueSignIn(context, flow.username, step);
}

/** Verifies the code of a new authenticator app. Returns the session that records it. */
async function setUp(context: PageContext, session: string | undefined): Promise<string | undefined> {
  const code = formValue(context, 'code');
  if (!code) return session;
  const verified = await runOperation(context.authorization.client, 'VerifySoftwareToken', {
    Session: session,
    UserCode: code,
  });
  return (verified as { Session: string }).Session;
}

function codeForm(name: string): ChallengeForm {
  return {
    title: 'Confirm that it is you',
    show({ session }, { CODE_DELIVERY_DESTINATION: to, FRIENDLY_DEVICE_NAME: app = '' }) {
      const whose = to === undefined ? `of your authenticator app ${app}` : `that was sent to ${to}`;
      return html`<p>Enter the code ${whose}.</p>
${form(session.csrf, [field(CODE)], 'Continue')}`;
    },
    responses: (context) => ({ [`${name}_CODE`]: formValue(context, 'code') }),
  };
}

function missingAttributes({ requiredAttributes, userAttributes = '{}' }: Texts): string[] {
  const known = JSON.parse(userAttributes) as Texts;
  return listIn(requiredAttributes)
    .map((name) => name.replace('userAttributes.', ''))
    .filter((name) => !known[name]);
}

function listIn(json = '[]'): string[] {
  return JSON.parse(json) as string[];
}
