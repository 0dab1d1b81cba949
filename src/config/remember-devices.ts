import { optionError, wrongOption } from '../shared/option-errors.ts';
import type { Transport } from './transport.ts';

const CHOICES = ['never', 'ask', 'always'] as const;

/** Whether a browser's device is remembered: never, if the client asks for it, or always. */
export type RememberDevices = (typeof CHOICES)[number];

/** Parses the option. Throws a `TypeError` that says how to fix it. */
export function parseRememberDevices(
  given: RememberDevices | undefined,
  transport: Transport,
): RememberDevices {
  if (given === undefined) return 'ask';
  if (!CHOICES.includes(given)) {
    throw wrongOption('rememberDevices', given, `write ${CHOICES.map((name) => `'${name}'`).join(', ')}`);
  }
  if (transport !== 'bearer') return given;
  throw optionError(
    'rememberDevices',
    "rememberDevices is set without cookies; set transport to 'cookie' or 'both', or let the client confirm each newDevice with POST /devices and remove rememberDevices",
  );
}
