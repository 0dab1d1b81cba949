import { CognitoError, missingParameter, resourceNotFound } from '../model/errors.ts';
import type { AppClient, ServerState, SignIn, UserPool } from '../model/pool.ts';
import { verifyAccessToken } from '../tokens/tokens.ts';
import { checkInput, type InputOf, required, type Shape } from '../wire/input.ts';
import { clientId, poolId, token } from '../wire/members.ts';
import { NOT_SERVED } from './not-served.ts';

/** An operation of the API. `run` takes the parsed body and returns the answer's body. */
export interface Operation {
  /** Proof of the caller: an app client's id, an access token, an AWS signature, or another member of the body. */
  readonly auth: 'client' | 'token' | 'sigv4' | 'body';
  readonly run: (service: ServerState, body: unknown) => object | Promise<object>;
  /** The members of the body. */
  readonly shape: Shape;
  /** What AWS does and the local pool does not, as a sentence for the generated page. */
  readonly limitation?: string;
}

export type OperationTable = Readonly<Record<string, Operation>>;

/** An operation of an app client, identified by ClientId. */
export function clientOperation<S extends Shape>(
  shape: S,
  handle: (client: AppClient, input: InputOf<S>) => object | Promise<object>,
): Operation {
  const whole = { ClientId: required(clientId), ...shape };
  return {
    auth: 'client',
    shape: whole,
    run(service, body) {
      const input = checkInput(whole, body) as InputOf<S> & { ClientId: string };
      return handle(findClient(service, input.ClientId), input);
    },
  };
}

/** An operation of a signed-in user, identified by an access token. */
export function tokenOperation<S extends Shape>(
  shape: S,
  handle: (caller: SignIn, input: InputOf<S>) => object | Promise<object>,
): Operation {
  const whole = { AccessToken: required(token), ...shape };
  return {
    auth: 'token',
    shape: whole,
    run(service, body) {
      const input = checkInput(whole, body) as InputOf<S> & { AccessToken?: string };
      if (input.AccessToken === undefined) throw missingParameter('AccessToken');
      return handle(verifyAccessToken(service, input.AccessToken), input);
    },
  };
}

/** An operation whose body identifies the caller by another member, such as the session of a challenge. */
export function openOperation<S extends Shape>(
  shape: S,
  handle: (service: ServerState, input: InputOf<S>) => object | Promise<object>,
): Operation {
  return { auth: 'body', shape, run: (service, body) => handle(service, checkInput(shape, body)) };
}

/** An operation of an administrator, with AWS credentials. */
export function adminOperation<S extends Shape>(
  shape: S,
  handle: (service: ServerState, input: InputOf<S>) => object | Promise<object>,
): Operation {
  return { auth: 'sigv4', shape, run: (service, body) => handle(service, checkInput(shape, body)) };
}

/** An operation of an administrator within one pool. */
export function poolOperation<S extends Shape>(
  shape: S,
  handle: (pool: UserPool, input: InputOf<S>) => object | Promise<object>,
): Operation {
  const whole = { UserPoolId: required(poolId), ...shape };
  return {
    auth: 'sigv4',
    shape: whole,
    run(service, body) {
      const input = checkInput(whole, body) as InputOf<S> & { UserPoolId: string };
      return handle(findPool(service, input.UserPoolId), input);
    },
  };
}

export function findPool(service: ServerState, id: string): UserPool {
  const pool = service.pools.get(id);
  if (!pool) throw resourceNotFound(`User pool ${id} does not exist.`);
  return pool;
}

export function findClient(service: ServerState, id: string, pool?: UserPool): AppClient {
  const client = service.clients.get(id);
  if (!client || (pool && client.pool !== pool)) {
    throw resourceNotFound(`User pool client ${id} does not exist.`);
  }
  return client;
}

export function unknownOperation(name: string): CognitoError {
  const reason = Object.hasOwn(NOT_SERVED, name) ? ` ${NOT_SERVED[name]}` : '';
  return new CognitoError(
    'UnknownOperationException',
    `The local user pool does not serve ${name}.${reason}`,
  );
}
