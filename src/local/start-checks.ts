const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|::1|localhost)$/;

/** Refuses to start where the pool would be exposed. Throws an Error that names the option to allow it. */
export function refuseUnsafe(
  options: { readonly dangerouslyListenOnAnyHost?: boolean; readonly dangerouslyAllowProduction?: boolean },
  host: string,
): void {
  if (!LOOPBACK.test(host) && !options.dangerouslyListenOnAnyHost) {
    throw new Error(
      `The local user pool does not listen on "${host}", because every client that reaches it can change all of its data. ` +
        'Use 127.0.0.1, or set dangerouslyListenOnAnyHost on a network that you trust.',
    );
  }
  if (process.env.NODE_ENV === 'production' && !options.dangerouslyAllowProduction) {
    throw new Error(
      'The local user pool does not start if NODE_ENV is "production", because it is for development and tests only. ' +
        'Use a Cognito user pool, or set dangerouslyAllowProduction.',
    );
  }
}

/** Refuses IDs that Cognito would not assign. Throws an Error. */
export function refuseInvalidIds({
  userPoolId = 'us-east-1_x',
  clientId = 'x',
}: {
  readonly userPoolId?: string;
  readonly clientId?: string;
}): void {
  if (!/^[\w-]{1,40}_[0-9a-zA-Z]{1,14}$/.test(userPoolId)) {
    throw new Error(
      `userPoolId must be a region, "_" and up to 14 letters or digits, such as us-east-1_Example, not "${userPoolId}".`,
    );
  }
  if (!/^[\w+]{1,128}$/.test(clientId)) {
    throw new Error(`clientId must be 1 to 128 letters, digits, "_" and "+", not "${clientId}".`);
  }
}

/** Refuses a region that is not that of the user pool ID. Throws an Error. */
export function refuseOtherRegion(region: string | undefined, userPoolId: string | undefined): void {
  if (userPoolId === undefined || region === undefined || userPoolId.startsWith(`${region}_`)) return;
  throw new Error(`userPoolId must start with the region, such as ${region}_Example, not "${userPoolId}".`);
}
