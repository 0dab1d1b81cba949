import { expect } from 'chai';
import { isReply, type ReplyOptions, reply } from '../../src/config/reply.ts';

describe('reply()', () => {
  it('makes a JSON body, a page, a text, a redirect or an empty response', () => {
    const nosniff = { 'X-Content-Type-Options': 'nosniff' };
    const typed = (type: string) => ({ 'Content-Type': `${type}; charset=utf-8`, ...nosniff });
    const made = (options: ReplyOptions) => {
      const { status, headers, body } = reply(options);
      return [status, headers, body];
    };
    expect(made({ json: { a: 1 }, status: 201 })).to.deep.equal([201, typed('application/json'), '{"a":1}']);
    expect(made({ json: null })).to.deep.equal([200, typed('application/json'), 'null']);
    expect(made({ html: '<p>a' })).to.deep.equal([200, typed('text/html'), '<p>a']);
    expect(made({ text: '' })).to.deep.equal([200, typed('text/plain'), '']);
    expect(made({})).to.deep.equal([204, {}, '']);
    expect(made({ headers: { 'X-Plan': 'free' } })).to.deep.equal([204, { 'X-Plan': 'free' }, '']);
    for (const location of [
      '/a?b=c#d',
      'welcome',
      'https://example.com/a',
      '//cdn.example.com',
      '?a=http://b',
    ]) {
      expect(made({ redirect: location })).to.deep.equal([303, { Location: location }, '']);
    }
  });

  it('is recognized by a mark, and not by its members', () => {
    expect(isReply(reply({}))).to.equal(true);
    expect(isReply({ status: 200, headers: {}, body: '' })).to.equal(false);
  });

  const circular: Record<string, unknown> = {};
  circular.self = circular;
  const secret = 'eyJ-a-token';
  for (const [given, message] of [
    [undefined, 'reply was called with undefined'],
    ['/a', 'reply was called with "/a"'],
    [{ stauts: 200 }, 'did you mean "status"'],
    [{ json: {}, html: '' }, 'reply has json and html'],
    [{ status: 199, text: '' }, 'reply.status is 199'],
    [{ status: 300, text: '' }, 'reply.status is 300'],
    [{ status: 404, text: '' }, 'throw a ProblemError'],
    [{ status: '200', text: '' }, 'reply.status is "200"'],
    [{ status: 204, text: '' }, 'leave text out'],
    [{ status: 302, redirect: '/a' }, 'a redirect is a 303'],
    [{ html: 1 }, 'reply.html is not a string'],
    [{ text: { secret } }, 'reply.text is not a string'],
    [{ json: () => secret }, 'reply.json is not a JSON value'],
    [{ redirect: '' }, 'reply.redirect is not a location'],
    [{ redirect: '/a\r\nSet-Cookie: a=b' }, 'encodeURI()'],
    [{ redirect: '/a b' }, 'encodeURI()'],
    [{ redirect: '/\u00e9' }, 'encodeURI()'],
    [{ redirect: 'javascript:alert(1)' }, 'reply.redirect is not a location'],
    [{ redirect: 'JavaScript:alert(1)' }, 'reply.redirect is not a location'],
    [{ redirect: 'data:text/html,a' }, 'reply.redirect is not a location'],
    [{ headers: [] }, 'reply.headers is not an object'],
    [{ headers: { 'a b': 'c' } }, 'an invalid "a b"'],
    [{ headers: { a: 'b\r\nc: d' } }, 'an invalid "a"'],
    [{ headers: { a: 1 } }, 'an invalid "a"'],
    [{ headers: { a: undefined } }, 'an invalid "a"'],
    [{ headers: { 'Set-Cookie': 'a=b' } }, 'the cookies of the endpoint'],
    [{ headers: { 'CACHE-CONTROL': 'public' } }, 'never cached'],
    [{ headers: { location: '/a' } }, 'write redirect'],
    [{ headers: { 'Content-Length': '1' } }, 'it is computed'],
    [{ headers: { 'Transfer-Encoding': 'chunked' } }, 'Node sets it'],
    [{ headers: { Connection: 'close' } }, 'Node sets it'],
  ] as const) {
    it(`refuses ${JSON.stringify(given) ?? 'undefined'} with the fix (${message})`, () => {
      expect(() => reply(given as never))
        .to.throw(TypeError, message)
        .with.property('message')
        .that.matches(/^express-cognito-kit: .*See docs\/customize\.md#responses$/)
        .and.does.not.include(secret);
    });
  }

  it('refuses a JSON body that is circular', () => {
    expect(() => reply({ json: circular })).to.throw(TypeError, 'circular');
  });
});
