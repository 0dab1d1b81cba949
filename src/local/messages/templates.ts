import type { MessageKind } from '../model/messages.ts';
import type { UserPool } from '../model/pool.ts';
import { verificationTexts } from '../model/settings-rules.ts';

/** Text of a message, and subject of an e-mail, with placeholders. */
export interface Template {
  readonly text: string;
  readonly subject: string;
}

/** Placeholders of the code and of the user's name. */
export const CODE = '{####}';
export const USERNAME = '{username}';

/** Placeholder of a link, in events of customMessage. */
export const LINK_PARAMETER = '{##Click Here##}';

/** Placeholder of a link in place of the code, with its text, such as `{##Verify Email##}`. */
const LINK = /\{##(.+?)##\}/gs;

/** Cognito's default templates. */
const DEFAULTS: Readonly<Record<MessageKind, Template>> = {
  sign_up: { subject: 'Your verification code', text: `Your confirmation code is ${CODE}` },
  forgot_password: { subject: 'Your verification code', text: `Your password reset code is ${CODE}` },
  verify_attribute: { subject: 'Your verification code', text: `Your verification code is ${CODE}` },
  sign_in: { subject: 'Your authentication code', text: `Your authentication code is ${CODE}` },
  temporary_password: {
    subject: 'Your temporary password',
    text: `Your username is ${USERNAME} and temporary password is ${CODE}`,
  },
  risky_sign_in: {
    subject: 'Was that you?',
    text: `There was a new sign-in. Your feedback token is ${CODE}`,
  },
};

const LINK_DEFAULT: Template = {
  subject: 'Your verification link',
  text: 'Please click the link below to verify your email address. {##Verify Email##}',
};

type Purpose = { readonly kind: MessageKind; readonly medium: 'EMAIL' | 'SMS' };

/** Returns whether a message has a link in place of its code. */
export function hasLink({ settings }: UserPool, { kind, medium }: Purpose): boolean {
  const option = settings.VerificationMessageTemplate?.DefaultEmailOption;
  return kind === 'sign_up' && medium === 'EMAIL' && option === 'CONFIRM_WITH_LINK';
}

/** Returns the pool's template of a message, or Cognito's default. */
export function templateOf(pool: UserPool, purpose: Purpose): Template {
  if (hasLink(pool, purpose)) {
    const own = pool.settings.VerificationMessageTemplate;
    return over(LINK_DEFAULT, own?.EmailMessageByLink, own?.EmailSubjectByLink);
  }
  const [text, subject] = ownTexts(pool, purpose);
  return over(DEFAULTS[purpose.kind], text, subject);
}

/** Returns whether a text has a placeholder of a link. */
export function namesLink(text: string): boolean {
  return text.search(LINK) >= 0;
}

/** Replaces the placeholders of links. */
export function withLinks(text: string, url: string): string {
  return text.replace(LINK, (_all, words: string) => `<a href="${url}">${words}</a>`);
}

function over(template: Template, text: string | undefined, subject: string | undefined): Template {
  return { text: text ?? template.text, subject: subject ?? template.subject };
}

function ownTexts({ settings }: UserPool, { kind, medium }: Purpose): (string | undefined)[] {
  const { SmsMessage, EmailMessage, EmailSubject } = verificationTexts(settings);
  const email = medium === 'EMAIL';
  switch (kind) {
    case 'sign_up':
    case 'forgot_password':
    case 'verify_attribute':
      return email ? [EmailMessage, EmailSubject] : [SmsMessage];
    case 'temporary_password': {
      const { InviteMessageTemplate: invite } = settings.AdminCreateUserConfig ?? {};
      return email ? [invite?.EmailMessage, invite?.EmailSubject] : [invite?.SMSMessage];
    }
    case 'sign_in': {
      const { EmailMfaConfiguration, SmsAuthenticationMessage } = settings;
      return email
        ? [EmailMfaConfiguration?.Message, EmailMfaConfiguration?.Subject]
        : [SmsAuthenticationMessage];
    }
    case 'risky_sign_in':
      return [];
  }
}
