import type { TermsName } from '../model/login-pages.ts';
import { termsOf } from '../operations/terms.ts';
import { type Html, html } from './html.ts';
import type { PageContext } from './page-context.ts';
import { single } from './request.ts';

/** The values of `lang`, with the language of CreateTerms. */
const LANGUAGES: Readonly<Record<string, string>> = {
  de: 'german',
  en: 'english',
  es: 'spanish',
  fr: 'french',
  id: 'bahasa-indonesia',
  it: 'italian',
  ja: 'japanese',
  ko: 'korean',
  nl: 'dutch',
  'pt-BR': 'portuguese-brazil',
  'zh-CN': 'chinese-simplified',
  'zh-TW': 'chinese-traditional',
};

/** Returns links to the terms of an app client; nothing until it has both documents, as on AWS. */
export function termsLinks(context: PageContext): Html | undefined {
  const termsOfUse = linkOf(context, 'terms-of-use');
  const privacyPolicy = linkOf(context, 'privacy-policy');
  if (termsOfUse === undefined || privacyPolicy === undefined) return undefined;
  return html`<p class="legalText-customizable">By creating an account, you agree to the <a href="${termsOfUse}" rel="noreferrer" target="_blank">terms of use</a> and the <a href="${privacyPolicy}" rel="noreferrer" target="_blank">privacy policy</a>.</p>
`;
}

function linkOf({ request, authorization: { client } }: PageContext, name: TermsName): string | undefined {
  const terms = termsOf(request.pool, client.id, name);
  const lang = single(request.query, 'lang') ?? 'en';
  const language = Object.hasOwn(LANGUAGES, lang) ? LANGUAGES[lang] : undefined;
  return terms?.links[`cognito:${language}`] ?? terms?.links['cognito:default'];
}
