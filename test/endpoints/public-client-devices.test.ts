import {
  AuthenticationDetails,
  CognitoRefreshToken,
  CognitoUser,
  CognitoUserPool,
  type CognitoUserSession,
  type ICognitoStorage,
} from 'amazon-cognito-identity-js';
import { expect } from 'chai';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { totpCode } from '../../src/local/users/totp.ts';
import { claimsOf, PASSWORD } from '../support/helpers.ts';

const EMAIL = 'ada@example.com';
const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

/** Result of a sign-in, with the number of requested codes. */
interface SignedIn {
  readonly user: CognitoUser;
  readonly session: CognitoUserSession;
  readonly codes: number;
  readonly userConfirmationNecessary: boolean;
}

/** Storage of one browser, which identifies the device. */
class Browser implements ICognitoStorage {
  readonly #items = new Map<string, string>();
  getItem = (key: string): string | null => this.#items.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.#items.set(key, value);
  removeItem = (key: string): void => void this.#items.delete(key);
  clear = (): void => this.#items.clear();
}

/** The client's methods take an object of callbacks. */
function settled<T>(
  method: (callback: { onSuccess(value: T): void; onFailure(error: Error): void }) => void,
) {
  return new Promise<T>((onSuccess, onFailure) => method({ onSuccess, onFailure }));
}

describe('Remembered devices with amazon-cognito-identity-js', () => {
  // Slow: the client computes SRP in JavaScript, and repeats a refused refresh.
  let pool: LocalUserPool;
  beforeEach(async () => {
    pool = await startLocalUserPool({
      quiet: true,
      pool: {
        DeviceConfiguration: { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true },
      },
      users: [{ username: EMAIL, password: PASSWORD, totpSecret: SECRET }],
    });
  });
  afterEach(() => pool.close());

  function userOf(browser: Browser, Username = EMAIL): CognitoUser {
    const { userPoolId: UserPoolId, clientId: ClientId, endpoint } = pool.config;
    const Pool = new CognitoUserPool({ UserPoolId, ClientId, endpoint, Storage: browser });
    return new CognitoUser({ Username, Pool, Storage: browser });
  }

  function signIn(browser: Browser, flow = 'USER_SRP_AUTH'): Promise<SignedIn> {
    const user = userOf(browser);
    user.setAuthenticationFlowType(flow);
    let codes = 0;
    return new Promise((resolve, reject) => {
      const callbacks = {
        onSuccess: (session: CognitoUserSession, userConfirmationNecessary = false) =>
          resolve({ user, session, codes, userConfirmationNecessary }),
        onFailure: reject,
        totpRequired: () => {
          codes++;
          // A code is accepted once.
          pool.clock.advance(60_000);
          user.sendMFACode(totpCode(SECRET, pool.clock.now()), callbacks, 'SOFTWARE_TOKEN_MFA');
        },
      };
      user.authenticateUser(new AuthenticationDetails({ Username: EMAIL, Password: PASSWORD }), callbacks);
    });
  }

  async function signInAndRemember(browser: Browser): Promise<SignedIn> {
    const signedIn = await signIn(browser);
    await settled<string>((callback) => signedIn.user.setDeviceStatusRemembered(callback));
    return signedIn;
  }

  interface Listed {
    readonly Devices: {
      readonly DeviceKey: string;
      readonly DeviceAttributes: { Name: string; Value: string }[];
    }[];
    readonly PaginationToken?: string;
  }

  it('a device needs no code while it is remembered, and needs one after it is forgotten', async () => {
    const browser = new Browser();
    const first = await signIn(browser);
    expect([first.codes, first.userConfirmationNecessary]).to.deep.equal([1, true]);
    expect((await signIn(browser)).codes).to.equal(1);

    await settled<string>((callback) => first.user.setDeviceStatusRemembered(callback));
    const second = await signIn(browser);
    expect([second.codes, second.userConfirmationNecessary]).to.deep.equal([0, false]);
    const key = claimsOf(first.session.getAccessToken().getJwtToken()).device_key;
    expect(claimsOf(second.session.getAccessToken().getJwtToken()).device_key).to.equal(key);
    expect((await signIn(new Browser())).codes).to.equal(1);

    const { Devices } = await settled<Listed>((callback) => second.user.listDevices(10, null, callback));
    expect(Devices.map(({ DeviceKey }) => DeviceKey)).to.deep.equal([key]);
    await settled<string>((callback) => second.user.forgetDevice(callback));
    const third = await signIn(browser);
    expect([third.codes, third.userConfirmationNecessary]).to.deep.equal([1, true]);
  });

  it('a remembered device needs no code with USER_PASSWORD_AUTH', async () => {
    const browser = new Browser();
    await signInAndRemember(browser);
    // The client stores the device under the internal user name, which only SRP returns.
    const { userPoolId: UserPoolId, clientId: ClientId, endpoint } = pool.config;
    const Pool = new CognitoUserPool({ UserPoolId, ClientId, endpoint, Storage: browser });
    const user = new CognitoUser({
      Username: Pool.getCurrentUser()?.getUsername() ?? '',
      Pool,
      Storage: browser,
    });
    user.setAuthenticationFlowType('USER_PASSWORD_AUTH');
    const details = new AuthenticationDetails({ Username: EMAIL, Password: PASSWORD });
    const session = await settled<CognitoUserSession>((callback) => user.authenticateUser(details, callback));
    expect(session.isValid()).to.equal(true);
  });

  it('a sign-in with a device that the pool has forgotten registers a new one', async () => {
    const browser = new Browser();
    const { user: elsewhere } = await signIn(new Browser());
    const { session } = await signInAndRemember(browser);
    const key = String(claimsOf(session.getAccessToken().getJwtToken()).device_key);
    await settled<string>((callback) => elsewhere.forgetSpecificDevice(key, callback));
    const again = await signIn(browser);
    expect(again.codes).to.equal(1);
    expect(claimsOf(again.session.getAccessToken().getJwtToken()).device_key).to.not.equal(key);
  });

  it('a session can be refreshed until its device is forgotten', async () => {
    const browser = new Browser();
    const { user, session } = await signInAndRemember(browser);
    const refresh = () =>
      new Promise<CognitoUserSession>((resolve, reject) =>
        user.refreshSession(
          new CognitoRefreshToken({ RefreshToken: session.getRefreshToken().getToken() }),
          (error: Error | null, refreshed: CognitoUserSession) =>
            error ? reject(error) : resolve(refreshed),
        ),
      );
    expect((await refresh()).isValid()).to.equal(true);
    await settled<string>((callback) => user.forgetDevice(callback));
    const error = await refresh().catch((reason: Error) => reason);
    expect(error).to.include({ name: 'NotAuthorizedException', message: 'Invalid Refresh Token' });
  });

  it('devices are listed by page, and the client finds its own', async () => {
    const { user } = await signInAndRemember(new Browser());
    await signInAndRemember(new Browser());
    const first = await settled<Listed>((callback) => user.listDevices(1, null, callback));
    expect(first.Devices).to.have.length(1);
    const rest = await settled<Listed>((callback) =>
      user.listDevices(1, first.PaginationToken ?? '', callback),
    );
    expect(rest.Devices).to.have.length(1);
    expect(rest.PaginationToken).to.equal(undefined);
    user.getCachedDeviceKeyAndPassword();
    const { Device } = await settled<{ Device: Listed['Devices'][0] }>((callback) =>
      user.getDevice({
        ...callback,
        onSuccess: (value: unknown) => callback.onSuccess(value as never),
      } as never),
    );
    expect(first.Devices[0]?.DeviceKey).to.equal(Device.DeviceKey);
  });
});
