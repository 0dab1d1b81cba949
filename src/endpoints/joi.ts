import type { Root } from 'joi';

/**
 * joi, for the schemas of endpoints. Set once `loadJoi` has resolved: its import costs a third of that of the kit, and
 * nothing needs it before the first request.
 */
export let joi: Root;

let loading: Promise<void> | undefined;

/** Loads joi. The first request waits for it. */
export function loadJoi(): Promise<void> {
  loading ??= import('joi').then((loaded) => {
    joi = loaded.default;
  });
  return loading;
}
