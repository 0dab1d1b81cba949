import { expect } from 'chai';
import { totpCode } from '../../src/local/users/totp.ts';
import { atLeast } from '../support/at-least.ts';
import {
  expectProblem,
  expectStatus,
  type Kit,
  OTHER_PASSWORD,
  PASSWORD,
  startKit,
} from '../support/helpers.ts';
import { sdkFor } from '../support/local-sdk.ts';

const TOTP_SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

/** A code in the forms in which messages, apps and keyboards hand it over. */
function formsOf(code: string): string[] {
  const half = code.length / 2;
  const [first, second] = [code.slice(0, half), code.slice(half)];
  const arabic = code.replace(/[0-9]/g, (digit) => String.fromCharCode(0x0660 + Number(digit)));
  const hindi = code.replace(/[0-9]/g, (digit) => String.fromCharCode(0x0966 + Number(digit)));
  const wide = code.replace(/[0-9]/g, (digit) => String.fromCharCode(0xff10 + Number(digit)));
  return [
    `${first} ${second}`,
    `${first}\u00a0${second}\n`,
    `${first}-${second}`,
    `${first}\u2013${second}`,
    `${code}.`,
    `"${code}"`,
    `\u202a${code}\u202c`,
    `${first}\u200b${second}`,
    arabic,
    hindi,
    wide,
  ];
}

/** A phone number in the forms in which people write it, all of them +44 20 7946 0958. */
const LONDON: readonly string[] = [
  '+44 20 7946 0958',
  '+44 (0)20 7946 0958',
  '+44(0) 20-7946-0958',
  '+44 (020) 7946 0958',
  '(+44) (0)20 7946 0958',
  '+(44) 20 7946 0958',
  'tel:+442079460958',
  '\u202a+44 20 7946 0958\u202c',
  '+44\u201020\u20117946\u00a00958',
  '+44/20/79460958',
  '\uff0b44 \uff08\uff10\uff0920 7946 0958',
];

describe('A code', () => {
  let kit: Kit;

  before(async () => {
    kit = await startKit({ config: { sensitiveMaxAge: false } });
  });

  it('of a sign-up message is accepted in the forms in which people paste it (case D1)', async () => {
    for (const [index] of atLeast(10, formsOf('123456')).entries()) {
      const email = `code-${index}@example.com`;
      expectStatus(await kit.post('/sign-up', { email, password: PASSWORD }), 200);
      const { code = '' } = await kit.pool.inbox.waitFor({ to: email, kind: 'sign_up' });
      const confirmationCode = formsOf(code)[index];
      expectStatus(await kit.post('/confirm-sign-up', { email, confirmationCode }), 200);
    }
  });

  it('of a recovery message is accepted in two groups (case D1)', async () => {
    const { email } = await kit.signUpAndIn();
    expectStatus(await kit.post('/forgot-password', { email }), 200);
    const { code = '' } = await kit.pool.inbox.waitFor({ to: email, kind: 'forgot_password' });
    const confirmationCode = `${code.slice(0, 3)} ${code.slice(3)}`;
    const reset = { email, confirmationCode, newPassword: OTHER_PASSWORD };
    expectStatus(await kit.post('/confirm-forgot-password', reset), 200);
  });

  it('of an authenticator app is accepted in two groups at a sign-in (case D1)', async () => {
    const email = 'totp@example.com';
    kit.pool.addUser({ username: email, password: PASSWORD, totpSecret: TOTP_SECRET });
    const { challenge } = expectStatus(await kit.post('/sign-in', { email, password: PASSWORD }), 200).body;
    const { name, session, username } = challenge;
    const code = totpCode(TOTP_SECRET, kit.pool.clock.now());
    const confirmationCode = `${code.slice(0, 3)} ${code.slice(3)}`;
    expectStatus(await kit.post('/challenge', { name, session, username, confirmationCode }), 200);
  });

  it('with other characters than digits is passed on, and refused as a code', async () => {
    const { email } = await kit.signUpAndIn();
    for (const confirmationCode of ['12a-456', 'abc def']) {
      const reset = { email, confirmationCode, newPassword: OTHER_PASSWORD };
      expectProblem(await kit.post('/confirm-forgot-password', reset), 'invalid_code');
    }
    const empty = { email, confirmationCode: ' - ', newPassword: OTHER_PASSWORD };
    expectProblem(await kit.post('/confirm-forgot-password', empty), 'invalid_code');
  });
});

describe('A phone number', () => {
  let kit: Kit;

  before(async () => {
    kit = await startKit();
  });

  const attributesOf = async (accessToken: string): Promise<Record<string, string>> =>
    expectStatus(await kit.get('/me', accessToken), 200).body.attributes;

  it('among the attributes of a profile is brought into E.164 (cases D2 and B9)', async () => {
    const { tokens } = await kit.signUpAndIn();
    for (const phone_number of LONDON) {
      const { accessToken } = tokens;
      const changed = kit.request.patch('/auth/me').set('Authorization', `Bearer ${accessToken}`);
      expectStatus(await changed.send({ attributes: { phone_number } }), 200);
      expect((await attributesOf(accessToken)).phone_number, phone_number).to.equal('+442079460958');
      const deleted = kit.request.patch('/auth/me').set('Authorization', `Bearer ${accessToken}`);
      expectStatus(await deleted.send({ attributes: { phone_number: ' ' } }), 200);
      expect(await attributesOf(accessToken)).not.to.have.property('phone_number');
    }
  });

  it('is the same at sign-up, as a member of its own and among the attributes (case D2)', async () => {
    const typed = '+44 (0)20 7946 0958';
    const ways = [{ phoneNumber: typed }, { attributes: { phone_number: typed } }];
    for (const [index, way] of ways.entries()) {
      const email = `phone-${index}@example.com`;
      expectStatus(await kit.post('/sign-up', { email, password: PASSWORD, ...way }), 200);
      expect(await storedPhone(kit, email)).to.equal('+442079460958');
    }
  });

  it('among the attributes of a first password is brought into E.164 (case D2)', async () => {
    const email = 'invited@example.com';
    kit.pool.addUser({ username: email, password: OTHER_PASSWORD, status: 'FORCE_CHANGE_PASSWORD' });
    const { challenge } = expectStatus(
      await kit.post('/sign-in', { email, password: OTHER_PASSWORD }),
      200,
    ).body;
    const { name, session, username } = challenge;
    const attributes = { phone_number: '+44 (0)20 7946 0958' };
    const answer = { name, session, username, newPassword: PASSWORD, attributes };
    expectStatus(await kit.post('/challenge', answer), 200);
    expect(await storedPhone(kit, email)).to.equal('+442079460958');
  });

  it('without a country code is refused by name, in words that a user understands (case B9)', async () => {
    const body = { email: 'ada@example.com', password: PASSWORD };
    for (const wrong of ['020 7946 0958', '0044 20 7946 0958', '+0 20 7946 0958']) {
      const message = 'must start with + and the country code, such as +14155550123';
      const own = expectProblem(
        await kit.post('/sign-up', { ...body, phoneNumber: wrong }),
        'validation_failed',
      );
      expect(own.body.errors, wrong).to.deep.equal([{ path: '/phoneNumber', message }]);
      const attributes = { phone_number: wrong };
      const listed = expectProblem(await kit.post('/sign-up', { ...body, attributes }), 'validation_failed');
      expect(listed.body.errors, wrong).to.deep.equal([{ path: '/attributes/phone_number', message }]);
    }
  });

  it('with a zero in brackets that can be a part of it is refused by name (case B9)', async () => {
    const body = { email: 'ada@example.com', password: PASSWORD };
    for (const phoneNumber of ['+39 (0)6 6982', '+225 (0)7 07 07 07 07', '+44 20 (0) 7946 0958']) {
      const refused = expectProblem(
        await kit.post('/sign-up', { ...body, phoneNumber }),
        'validation_failed',
      );
      const message = 'must not have a zero in brackets: write the number as it is dialled from abroad';
      expect(refused.body.errors, phoneNumber).to.deep.equal([{ path: '/phoneNumber', message }]);
    }
  });
});

describe('A pasted name', () => {
  it('has no invisible characters and spaces, as a name to sign in with and as an attribute (case B9)', async () => {
    const kit = await startKit({
      pool: { pool: { AliasAttributes: ['preferred_username'] } },
      config: { signInWith: 'username' },
    });
    kit.pool.addUser({ username: 'ada', attributes: { email: 'ada@example.com' }, password: PASSWORD });
    const signedIn = await kit.post('/sign-in', { username: '\u202a ada\u200b \u202c', password: PASSWORD });
    const { accessToken } = expectStatus(signedIn, 200).body.tokens;
    const changes = {
      preferred_username: '\u202aCountess \u202c',
      email: '\ufeffada.king@example.com\u200b',
    };
    const patch = kit.request.patch('/auth/me').set('Authorization', `Bearer ${accessToken}`);
    expectStatus(await patch.send({ attributes: changes }), 200);
    const again = await kit.post('/sign-in', { username: 'Countess ', password: PASSWORD });
    expectStatus(again, 200);
    const { attributes } = expectStatus(await kit.get('/me', accessToken), 200).body;
    expect(attributes.email).to.equal('ada.king@example.com');
  });
});

async function storedPhone({ pool }: Kit, username: string): Promise<string | undefined> {
  const sdk = sdkFor(pool.url);
  const user = await sdk.adminGetUser({ UserPoolId: pool.config.userPoolId, Username: username });
  sdk.destroy();
  return user.UserAttributes?.find(({ Name }) => Name === 'phone_number')?.Value;
}
