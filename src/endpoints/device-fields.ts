import Joi from 'joi';

/**
 * All that a client keeps of a device that was confirmed. `devicePassword` is as good as a second factor, together
 * with the user's password: it belongs where page scripts and logs cannot read it.
 */
export interface DeviceSecret {
  readonly deviceKey: string;
  readonly deviceGroupKey: string;
  readonly devicePassword: string;
}

/** The device that a client says it is on. With the key alone it can be named, but not proven. */
export type GivenDevice = Pick<DeviceSecret, 'deviceKey'> & Partial<DeviceSecret>;

export const deviceKey = (): Joi.StringSchema =>
  Joi.string()
    .max(55)
    .pattern(/^[A-Za-z0-9_-]+_[0-9a-f-]+$/)
    .description('The `deviceKey` of the device.');

export const deviceGroupKey = (): Joi.StringSchema =>
  Joi.string()
    .max(128)
    .pattern(/^[A-Za-z0-9_+/=-]+$/)
    .description('The `deviceGroupKey` of the device.');

const devicePassword = (): Joi.StringSchema =>
  Joi.string()
    .max(256)
    .pattern(/^[A-Za-z0-9_+/=-]+$/)
    .description('The `devicePassword` of the device.');

/** The device of a step that goes on without one. */
export const device = (): Joi.ObjectSchema =>
  Joi.object({
    deviceKey: deviceKey().required(),
    deviceGroupKey: deviceGroupKey(),
    devicePassword: devicePassword(),
  })
    .and('deviceGroupKey', 'devicePassword')
    .description('The `device` that `POST /devices` answered.');

/** The device of a step that proves it. */
export const deviceSecret = (): Joi.ObjectSchema =>
  Joi.object({
    deviceKey: deviceKey().required(),
    deviceGroupKey: deviceGroupKey().required(),
    devicePassword: devicePassword().required(),
  }).description('The `device` that `POST /devices` answered.');

export function isSecret(given: GivenDevice): given is DeviceSecret {
  return given.deviceGroupKey !== undefined && given.devicePassword !== undefined;
}
