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
