import { CognitoError } from '../model/errors.ts';
import type { IdentityProvider } from '../model/pool-resources.ts';
import type { Answer } from '../wire/answer.ts';
import { RefusedAuthorization, refusalOf } from './authorize.ts';
import { signInFederated } from './federated-user.ts';
import { html } from './html.ts';
import type { Profile } from './inbound-federation.ts';
import { formValue, type PageContext, type ShowPage } from './page-context.ts';
import { attributeField, field } from './page-fields.ts';
import { form } from './page-layout.ts';
import { RefusedPage, single } from './request.ts';
import { finish } from './sign-in.ts';

/** The attributes on the page, beside the id at the provider. */
const ASKED = ['email', 'name'];

/** The page in place of an identity provider. It accepts any identity. */
export const showProvider: ShowPage = (context, messages) => {
  const { name } = providerOf(context);
  const id = { name: 'id', label: `Your id at ${name}`, value: context.authorization.loginHint };
  return {
    title: `Continue with ${name}`,
    ...messages,
    content: html`<p>The local user pool shows this page in place of ${name}. Enter any identity.</p>
${form(
  context.session.csrf,
  [field(id), ...ASKED.map((each) => field({ ...attributeField(each), optional: true }))],
  'Sign in',
  html`<button class="second" name="action" value="refuse" formnovalidate>Refuse</button>
<button class="second" name="action" value="fail" formnovalidate>Simulate a provider error</button>
`,
)}`,
  };
};

export async function handleProvider(context: PageContext): Promise<Answer> {
  const { authorization, request } = context;
  const provider = providerOf(context);
  const action = single(request.form, 'action');
  if (action === 'refuse')
    throw new RefusedAuthorization(authorization, 'access_denied', 'User denied access');
  if (action === 'fail') {
    const description = `${provider.name} Error - 500 error getting token`;
    throw new RefusedAuthorization(authorization, 'invalid_request', description);
  }
  const attributes = ASKED.map((name) => [name, formValue(context, `attribute.${name}`)] as const);
  const profile: Profile = {
    id: formValue(context, 'id'),
    attributes: Object.fromEntries(attributes.filter(([, value]) => value !== '')),
  };
  try {
    return await finish(
      context,
      await signInFederated(authorization.client, provider, profile),
      provider.name,
    );
  } catch (error) {
    // The provider succeeded, so the error belongs to the app.
    throw error instanceof CognitoError ? refusalOf(authorization, error) : error;
  }
}

function providerOf({ authorization, request: { pool } }: PageContext): IdentityProvider {
  const provider = pool.identityProviders.get(authorization.provider ?? '');
  if (!provider) throw new RefusedPage('invalid_request', 'The identity provider was not found.');
  return provider;
}
