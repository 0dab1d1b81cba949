import type { ExtraFieldTable } from '../config/body-options.ts';
import type { SignInName } from '../config/options.ts';
import type { Settings } from '../config/settings.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import type { Json } from './components.ts';

const NAME_EXAMPLES: Readonly<Record<SignInName, string>> = {
  email: 'ada@example.com',
  phoneNumber: '+14155550123',
  username: 'ada',
};

/** Adapts an example, which signs in with an e-mail address and sets a name, to the settings. */
export function requestExample(
  { name: endpoint, cookies = {} }: Endpoint,
  request: object,
  { signInWith, writableAttributes, transport, extraFields }: Settings,
): Json {
  const sent = Object.entries(request).filter(([name]) => transport !== 'cookie' || !(name in cookies));
  const { email, attributes, ...rest } = Object.fromEntries(sent) as { email?: string; attributes?: Json };
  const [name = 'email'] = signInWith;
  const writable = Object.entries(attributes ?? {}).filter(([attribute]) =>
    writableAttributes.includes(attribute),
  );
  return {
    ...(email !== undefined && { [name]: NAME_EXAMPLES[name] }),
    ...rest,
    ...(attributes && { attributes: Object.fromEntries(writable) }),
    ...requiredExamples(extraFields[endpoint]),
  };
}

const FIELD_EXAMPLES = { string: 'a', boolean: true, number: 1 } as const;

function requiredExamples(fields: ExtraFieldTable = {}): Json {
  const required = Object.entries(fields).filter(([, rule]) => rule.required);
  return Object.fromEntries(required.map(([name, { type }]) => [name, FIELD_EXAMPLES[type]]));
}

const USER = { sub: '34c84488-e0e1-70ae-d2ee-991ad1a898c8', username: 'ada', groups: ['admin'] };

/** Removes the members that are sent in cookies. */
export function responseExample({ example: { response } }: Endpoint, { transport }: Settings): object {
  if (transport !== 'cookie') return response;
  const { tokens, challenge, session, device, ...rest } = response as Readonly<Record<string, Json>>;
  const { session: _next, ...posed } = challenge ?? {};
  return {
    ...rest,
    ...(tokens && { user: USER, expiresIn: tokens.expiresIn }),
    ...(challenge && { challenge: posed }),
  };
}
