import type { InitiateAuthCommandOutput } from '@aws-sdk/client-cognito-identity-provider';
import type Joi from 'joi';
import { secretHash } from '../cognito/secret-hash.ts';
import {
  claimSignature,
  claimTimestamp,
  clientKey,
  clientKeyPair,
  parseHex,
  type SrpKeyPair,
  srpPoolName,
} from '../cognito/srp.ts';
import type { AuthFlow } from '../config.ts';
import { initiateAsForNobody } from './custom-auth.ts';
import type { Call } from './endpoint.ts';
import { type Identified, password, usernameOf } from './fields.ts';
import { IncompleteAnswer, type SignInResult, signInResult, withSecretHash } from './sign-in-result.ts';

/** The body of `POST /sign-in`, validated. */
export interface SignInBody extends Identified {
  readonly password?: string;
}

/** One way to sign in. */
interface FlowRow {
  /** The members of the body, beside the identifier. */
  body(): Joi.PartialSchemaMap;
  signIn(body: SignInBody, call: Call): Promise<SignInResult>;
}

/**
 * What `POST /sign-in` does, by the option `authFlow`.
 *
 * @see https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html
 */
export const AUTH_FLOWS: Readonly<Record<AuthFlow, FlowRow>> = {
  USER_PASSWORD_AUTH: { body: () => ({ password: password().required() }), signIn: sendPassword },
  ADMIN_USER_PASSWORD_AUTH: { body: () => ({ password: password().required() }), signIn: sendPassword },
  USER_SRP_AUTH: {
    body: () => ({ password: password().required() }),
    async signIn(body, call) {
      const username = usernameOf(body, call.settings);
      const pair = clientKeyPair();
      const output = await initiate(call, username, { SRP_A: pair.shared.toString(16) });
      if (output.ChallengeName !== 'PASSWORD_VERIFIER') return signInResult(output, username);
      return provePassword({ output, pair, password: body.password ?? '' }, call);
    },
  },
  CUSTOM_AUTH: {
    body: () => ({ password: password().description('If the password is to be proved first.') }),
    async signIn(body, call) {
      const username = usernameOf(body, call.settings);
      if (body.password === undefined) {
        const begin = (name: string) => initiate(call, name, {});
        return signInResult(await initiateAsForNobody(username, call.settings, begin), username);
      }
      const pair = clientKeyPair();
      const output = await initiate(call, username, {
        CHALLENGE_NAME: 'SRP_A',
        SRP_A: pair.shared.toString(16),
      });
      if (output.ChallengeName !== 'PASSWORD_VERIFIER') return signInResult(output, username);
      return provePassword({ output, pair, password: body.password }, call);
    },
  },
};

async function sendPassword(body: SignInBody, call: Call): Promise<SignInResult> {
  const username = usernameOf(body, call.settings);
  const output = await initiate(call, username, { PASSWORD: body.password ?? '' });
  return signInResult(output, username);
}

function initiate(
  { settings, clientMetadata, send }: Call,
  username: string,
  parameters: Record<string, string>,
): Promise<InitiateAuthCommandOutput> {
  return send('InitiateAuth', {
    ClientId: settings.clientId,
    AuthFlow: settings.authFlow,
    AuthParameters: withSecretHash({ USERNAME: username, ...parameters }, secretHash(settings, username)),
    ClientMetadata: clientMetadata,
  });
}

interface PasswordProof {
  readonly output: Pick<InitiateAuthCommandOutput, 'ChallengeParameters' | 'Session'>;
  readonly pair: SrpKeyPair;
  readonly password: string;
}

/** Answers PASSWORD_VERIFIER: the password is proved to Cognito, and never leaves this server. */
async function provePassword({ output, pair, password }: PasswordProof, call: Call): Promise<SignInResult> {
  const { settings, clientMetadata } = call;
  const { SALT, SRP_B, SECRET_BLOCK, USER_ID_FOR_SRP: name } = output.ChallengeParameters ?? {};
  if (!SALT || !SRP_B || !SECRET_BLOCK || !name) {
    throw new IncompleteAnswer('Cognito posed PASSWORD_VERIFIER without what it takes to answer it.');
  }
  const identity = { group: srpPoolName(settings.userPoolId), name, password };
  const key = clientKey(identity, parseHex(SALT), pair, parseHex(SRP_B));
  const timestamp = claimTimestamp(new Date());
  const next = await call.send('RespondToAuthChallenge', {
    ClientId: settings.clientId,
    ChallengeName: 'PASSWORD_VERIFIER',
    Session: output.Session,
    ChallengeResponses: withSecretHash(
      {
        USERNAME: name,
        PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK,
        PASSWORD_CLAIM_SIGNATURE: claimSignature(key, identity, SECRET_BLOCK, timestamp),
        TIMESTAMP: timestamp,
      },
      secretHash(settings, name),
    ),
    ClientMetadata: clientMetadata,
  });
  return signInResult(next, name);
}
