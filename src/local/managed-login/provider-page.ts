import { CognitoError } from '../model/errors.ts';
import type { IdentityProvider } from '../model/pool.ts';
import type { Answer } from '../wire/answer.ts';
import { RefusedAuthorization, refusalOf } from './authorize.ts';
import { type Profile, signInFederated } from './federated-user.ts';
import { html } from './html.ts';
import { attributeField, field } from './page-fields.ts';
import { form } from './page-layout.ts';
import { RefusedPage, single } from './request.ts';
import { finish } from './sign-in.ts';
import { type ShowPage, said, type Visit } from './visit.ts';

/** What the page asks of people, beside the provider's own name for them. */
const ASKED = ['email', 'name'];

/** Stands in for an identity provider: it believes whatever one says. */
export const showProvider: ShowPage = (visit, messages) => {
  const { name } = providerOf(visit);
  const id = { name: 'id', label: `Your id at ${name}`, value: visit.asked.loginHint };
  return {
    title: `Continue with ${name}`,
    ...messages,
    content: html`<p>This page stands in for ${name}. Say who you want to be.</p>
${form(
  visit.session.csrf,
  [field(id), ...ASKED.map((each) => field({ ...attributeField(each), optional: true }))],
  'Sign in',
  html`<button class="second" name="action" value="refuse" formnovalidate>Refuse</button>
<button class="second" name="action" value="fail" formnovalidate>Fail as a provider that is out of order</button>
`,
)}`,
  };
};

export async function handleProvider(visit: Visit): Promise<Answer> {
  const { asked, request } = visit;
  const provider = providerOf(visit);
  const action = single(request.form, 'action');
  if (action === 'refuse') throw new RefusedAuthorization(asked, 'access_denied', 'User denied access');
  if (action === 'fail') {
    const description = `${provider.name} Error - 500 error getting token`;
    throw new RefusedAuthorization(asked, 'invalid_request', description);
  }
  const attributes = ASKED.map((name) => [name, said(visit, `attribute.${name}`)] as const);
  const profile: Profile = {
    id: said(visit, 'id'),
    attributes: Object.fromEntries(attributes.filter(([, value]) => value !== '')),
  };
  try {
    return await finish(visit, await signInFederated(asked.client, provider, profile), provider.name);
  } catch (error) {
    // The provider has done its part: what is wrong here is for the app to say.
    throw error instanceof CognitoError ? refusalOf(asked, error) : error;
  }
}

function providerOf({ asked, request: { pool } }: Visit): IdentityProvider {
  const provider = pool.identityProviders.get(asked.provider ?? '');
  if (!provider) throw new RefusedPage('invalid_request', 'There is no such identity provider.');
  return provider;
}
