import { CLIENT_SETTINGS } from './client-settings.ts';
import { LOGIN_SETTINGS } from './login-settings.ts';
import { MFA_SETTINGS } from './mfa-settings.ts';
import { POOL_SETTINGS } from './pool-settings.ts';
import type { Setting } from './setting.ts';

/** Every setting of user pool, app client and domain that the kit depends on. Templates, docs and the doctor derive from it. */
export const SETTINGS: readonly Setting[] = [
  ...POOL_SETTINGS,
  ...MFA_SETTINGS,
  ...CLIENT_SETTINGS,
  ...LOGIN_SETTINGS,
];

/** Returns the place of a setting in the AWS console. */
export function consoleOf(id: string): string {
  const setting = SETTINGS.find((each) => each.id === id);
  if (!setting) throw new TypeError(`no setting ${id}`);
  return setting.console;
}
