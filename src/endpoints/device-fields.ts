import type Joi from 'joi';
import type { DeviceSecret, GivenDevice } from './device-types.ts';
import { joi } from './joi.ts';

export const deviceKey = (): Joi.StringSchema =>
  joi
    .string()
    .max(55)
    .pattern(/^[A-Za-z0-9_-]+_[0-9a-f-]+$/)
    .description('The `deviceKey` of the device.');

export const deviceGroupKey = (): Joi.StringSchema =>
  joi
    .string()
    .max(128)
    .pattern(/^[A-Za-z0-9_+/=-]+$/)
    .description('The `deviceGroupKey` of the device.');

const devicePassword = (): Joi.StringSchema =>
  joi
    .string()
    .max(256)
    .pattern(/^[A-Za-z0-9_+/=-]+$/)
    .description('The `devicePassword` of the device.');

/** A device, for a step that also works without its secret. */
export const device = (): Joi.ObjectSchema =>
  joi
    .object({
      deviceKey: deviceKey().required(),
      deviceGroupKey: deviceGroupKey(),
      devicePassword: devicePassword(),
    })
    .and('deviceGroupKey', 'devicePassword')
    .description('The `device` from the response of `POST /devices`.');

/** A device with its secret, for a step that proves it. */
export const deviceSecret = (): Joi.ObjectSchema =>
  joi
    .object({
      deviceKey: deviceKey().required(),
      deviceGroupKey: deviceGroupKey().required(),
      devicePassword: devicePassword().required(),
    })
    .description('The `device` from the response of `POST /devices`.');

export function isSecret(given: GivenDevice): given is DeviceSecret {
  return given.deviceGroupKey !== undefined && given.devicePassword !== undefined;
}
