import { expect } from 'chai';
import supertest, { type Response } from 'supertest';
import { expectProblem, expectStatus, PASSWORD, startKit } from './helpers.ts';

/** What a browser says of a page of the same origin. */
const SAME_ORIGIN = { 'Sec-Fetch-Site': 'same-origin' };

function setCookies(response: Response): string[] {
  return (response.headers['set-cookie'] as unknown as string[] | undefined) ?? [];
}

describe('Tokens in cookies', () => {
  it('never reach the page, and sign it in all the same', async () => {
    const kit = await startKit({ config: { transport: 'cookie' } });
    kit.pool.addUser({ username: 'ada@example.com', password: PASSWORD });
    const signedIn = expectStatus(
      await kit.post('/sign-in', { email: 'ada@example.com', password: PASSWORD }).set(SAME_ORIGIN),
      200,
    );
    expect(signedIn.body).to.have.all.keys('status', 'user', 'expiresIn');
    const cookies = setCookies(signedIn);
    expect(cookies.map((cookie) => cookie.split('=')[0])).to.include.members([
      '__Host-auth-access',
      '__Host-auth-refresh',
    ]);
    for (const cookie of cookies)
      expect(cookie).to.match(/; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    const sent = cookies.map((cookie) => cookie.split(';')[0]).join('; ');
    const me = expectStatus(await supertest(kit.url).get('/auth/me').set('Cookie', sent), 200);
    expect(me.body.sub).to.equal(signedIn.body.user.sub);
    expectProblem(await kit.post('/refresh', {}).set('Cookie', sent), 'cross_site_request');
    expectStatus(await kit.post('/refresh', {}).set('Cookie', sent).set(SAME_ORIGIN), 200);
    const out = expectStatus(await kit.post('/sign-out', {}).set('Cookie', sent).set(SAME_ORIGIN), 200);
    for (const cookie of setCookies(out)) expect(cookie).to.include('=; Max-Age=0');
    expectProblem(await supertest(kit.url).get('/auth/me').set('Cookie', sent), 'invalid_token');
  });
});
