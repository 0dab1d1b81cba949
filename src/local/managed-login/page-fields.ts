import type { UserPool } from '../model/pool.ts';
import { type Html, html } from './html.ts';

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly type?: 'text' | 'email' | 'tel' | 'password' | 'code';
  readonly value?: string | undefined;
  /** Value of HTML's `autocomplete`. */
  readonly autocomplete?: string;
  readonly optional?: boolean;
}

export function field({ name, label, type = 'text', value, autocomplete, optional }: Field): Html {
  const isCode = type === 'code';
  return html`<label for="${name}" class="label-customizable">${label}</label>
<input id="${name}" class="inputField-customizable" name="${name}" type="${isCode ? 'text' : type}" value="${value ?? ''}" autocomplete="${
    autocomplete ?? (isCode ? 'one-time-code' : 'off')
  }"${isCode ? html` inputmode="numeric"` : undefined}${optional ? undefined : html` required`}>
`;
}

export const CODE: Field = { name: 'code', label: 'Code', type: 'code' };
export const NEW_PASSWORD: Field = {
  name: 'password',
  label: 'New password',
  type: 'password',
  autocomplete: 'new-password',
};

/** Creates the field of the sign-in name. */
export function nameField({ settings }: UserPool, value: string | undefined): Field {
  const { UsernameAttributes = [], AliasAttributes = [] } = settings;
  const addresses = [...UsernameAttributes, ...AliasAttributes];
  const names = [
    ...(UsernameAttributes.length > 0 ? [] : ['username']),
    ...(addresses.includes('email') ? ['e-mail address'] : []),
    ...(addresses.includes('phone_number') ? ['phone number'] : []),
  ];
  return { name: 'username', label: capitalised(names.join(' or ')), autocomplete: 'username', value };
}

export function attributeField(name: string, value?: string): Field {
  const types: Readonly<Record<string, Field['type']>> = { email: 'email', phone_number: 'tel' };
  const label = capitalised(name.replaceAll('_', ' '));
  return { name: `attribute.${name}`, label, value, type: types[name] ?? 'text' };
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
