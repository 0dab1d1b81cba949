/**
 * A confirmed device, as the client stores it. `devicePassword` replaces the second factor, so scripts of the page and
 * logs must not be able to read it.
 */
export interface DeviceSecret {
  readonly deviceKey: string;
  readonly deviceGroupKey: string;
  readonly devicePassword: string;
}

/** The client's device. With the key alone it can be named but not proven. */
export type GivenDevice = Pick<DeviceSecret, 'deviceKey'> & Partial<DeviceSecret>;
