import { CLIENT_SETTINGS } from './client-settings.ts';
import { POOL_SETTINGS } from './pool-settings.ts';
import type { Setting } from './setting.ts';

/** Every setting of user pool, app client and domain that the kit depends on. Templates, docs and checks derive from it. */
export const SETTINGS: readonly Setting[] = [...POOL_SETTINGS, ...CLIENT_SETTINGS];
