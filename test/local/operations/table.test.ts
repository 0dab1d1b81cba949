import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as sdk from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import type { Operation } from '../../../src/local/operations/operation.ts';
import { OPERATIONS } from '../../../src/local/operations/table.ts';
import { closeAll, type Local, post, startLocal } from '../../support/local-sdk.ts';

const TESTS = join(import.meta.dirname, '../..');
const SIGNATURE = { authorization: 'AWS4-HMAC-SHA256 Credential=local' };

/** The API model requires no member of them. */
const WITHOUT_REQUIRED_MEMBERS: Readonly<Record<string, string>> = {
  AssociateSoftwareToken: 'Missing required parameter AccessToken or Session',
  UpdateManagedLoginBranding: 'Missing required parameter UserPoolId',
};

/** A session, a code or a token of another kind in the body proves who calls. */
const PROVEN_BY_BODY = [
  'AssociateSoftwareToken',
  'RevokeToken',
  'UpdateAuthEventFeedback',
  'VerifySoftwareToken',
];

/** The API reference takes no AWS credentials for it, but the SDK signs it. */
const SIGNED_WITHOUT_NEED = ['GetClientToken'];

type Exports = Readonly<Record<string, unknown>>;

/** The SDK's schema of a request: the fifth entry names the members, the first of them are the required ones. */
function requestMembers(operation: string): { all: string[]; required: string[] } {
  const schema: unknown = (sdk as Exports)[`${operation}Request$`];
  if (!Array.isArray(schema)) throw new Error(`the SDK has no schema ${operation}Request$`);
  const [, , , , all, , requiredCount = 0]: unknown[] = schema;
  if (!Array.isArray(all)) throw new Error(`the SDK's ${operation}Request$ names no members`);
  return { all, required: all.slice(0, Number(requiredCount)) };
}

/** The ways to prove who calls, as the SDK's auth scheme provider has them. */
async function authSchemes(operation: string): Promise<string[]> {
  const client = new sdk.CognitoIdentityProviderClient({ region: 'us-east-1' });
  const schemes = await client.config.httpAuthSchemeProvider({ operation, region: 'us-east-1' });
  client.destroy();
  return schemes.map(({ schemeId }) => schemeId);
}

/** The text of every test but this one. */
function otherTests(): string[] {
  return readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && basename(file) !== basename(import.meta.filename))
    .map((file) => readFileSync(join(TESTS, file), 'utf8'));
}

/** An SDK client's method, a command, or a raw call. */
function callOf(operation: string): RegExp {
  const method = operation.charAt(0).toLowerCase() + operation.slice(1);
  return new RegExp(
    `\\b(?:sdk|cognito)\\s*\\.${method}\\(|new ${operation}Command\\(|\\bpost\\(\\s*[\\w.]+,\\s*'${operation}'`,
  );
}

const needsSignature = ({ auth }: Operation): boolean => auth === 'sigv4';

describe("The local pool's table of operations", () => {
  const operations = Object.entries(OPERATIONS);
  const tests = otherTests();
  let local: Local;
  before(async () => {
    local = await startLocal();
  });
  after(closeAll);

  it('has operations of users and of administrators, and reads the tests of both', () => {
    expect(operations.filter(([, operation]) => needsSignature(operation))).to.have.length.above(30);
    expect(operations.filter(([, operation]) => !needsSignature(operation))).to.have.length.above(25);
    expect(tests).to.have.length.above(50);
  });

  for (const [name, operation] of operations) {
    describe(name, () => {
      it('is a command of the AWS SDK', () => {
        expect(sdk).to.have.property(`${name}Command`).that.is.a('function');
      });

      it('needs a signature if the SDK signs it, and only then', async () => {
        const signs = needsSignature(operation) || SIGNED_WITHOUT_NEED.includes(name);
        const scheme = signs ? 'aws.auth#sigv4' : 'smithy.api#noAuth';
        expect(await authSchemes(name)).to.deep.equal([scheme]);
      });

      it('reads its caller from the member that the SDK has for it', () => {
        const { all, required } = requestMembers(name);
        expect(operation.auth === 'token').to.equal(
          all.includes('AccessToken') && !PROVEN_BY_BODY.includes(name),
        );
        expect(operation.auth === 'body').to.equal(PROVEN_BY_BODY.includes(name));
        if (operation.auth === 'client') expect(required).to.include('ClientId');
      });

      if (needsSignature(operation)) {
        it('refuses a request without a signature, before it reads the body', async () => {
          const { status, body } = await post(`${local.pool.url}/`, name, {});
          expect(status).to.equal(400);
          expect(body).to.deep.equal({
            __type: 'MissingAuthenticationTokenException',
            message: 'Missing Authentication Token',
          });
        });
      }

      it('refuses an empty body with a validation error for each required member', async () => {
        const { required } = requestMembers(name);
        expect(required.length === 0).to.equal(Object.hasOwn(WITHOUT_REQUIRED_MEMBERS, name));
        const { status, body } = await post(`${local.pool.url}/`, name, {}, SIGNATURE);
        expect(status).to.equal(400);
        expect(body.__type).to.equal('InvalidParameterException');
        if (required.length === 0) {
          expect(body.message).to.equal(WITHOUT_REQUIRED_MEMBERS[name]);
          return;
        }
        const [, count, broken = ''] =
          /^(\d+) validation errors? detected: (.*)$/.exec(`${body.message}`) ?? [];
        expect(Number(count)).to.equal(required.length);
        expect(broken.split('; ')).to.have.members(
          required.map(
            (member) =>
              `Value null at '${member.charAt(0).toLowerCase()}${member.slice(1)}' ` +
              'failed to satisfy constraint: Member must not be null',
          ),
        );
      });

      it('is called by a test of its own', () => {
        const call = callOf(name);
        expect(
          tests.some((text) => call.test(text)),
          `no test matches ${call}`,
        ).to.equal(true);
      });
    });
  }
});
