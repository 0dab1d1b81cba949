import { AsyncLocalStorage } from 'node:async_hooks';
import { CognitoError } from '../model/errors.ts';
import { isObject } from '../model/json-object.ts';
import type { InboxMessage, MessageKind } from '../model/messages.ts';
import type { UserPool } from '../model/pool.ts';
import type { MessagePurpose } from '../model/triggers.ts';
import type { User } from '../model/user.ts';
import { signInOfAccessToken } from '../tokens/tokens.ts';
import { codeOf, kmsKeyOf } from '../triggers/lambda-config.ts';
import { attributesForTrigger, runTrigger, tellTrigger } from '../triggers/run-trigger.ts';
import { encryptCode } from './encrypted-code.ts';
import { CODE, hasLink, LINK_PARAMETER, namesLink, templateOf, USERNAME, withLinks } from './templates.ts';

/** A message before its text is made. */
export type Outgoing = Pick<InboxMessage, 'to' | 'medium' | 'kind' | 'code' | 'eventId'>;

/** The running operation, and the messages to send at its end. */
interface Request {
  readonly operation: string;
  readonly body: unknown;
  readonly waiting: { readonly pool: UserPool; readonly user: User; readonly message: Outgoing }[];
}

const requests = new AsyncLocalStorage<Request>();

/**
 * Runs an operation, then sends its messages. The trigger customMessage can be slow. If it fails, the operation is
 * refused, but its effects stay.
 */
export async function withOutbox<T>(
  operation: string,
  body: unknown,
  run: () => T | Promise<T>,
): Promise<Awaited<T>> {
  const request: Request = { operation, body, waiting: [] };
  const answer = await requests.run(request, run);
  for (const { pool, user, message } of request.waiting) {
    if (await sentByTrigger(pool, user, message, request)) continue;
    const words = await customWords(pool, user, message, request);
    const sent = complete(pool, user, message, { words, clientId: clientIdIn(pool, body) });
    pool.service.deliver(sent, operation);
  }
  return answer;
}

/** Sends a message at the end of the running operation, or at once if there is none. */
export function post(pool: UserPool, user: User, message: Outgoing): void {
  const request = requests.getStore();
  if (request) request.waiting.push({ pool, user, message });
  else pool.service.deliver(complete(pool, user, message));
}

interface Words {
  readonly text?: string | undefined;
  readonly subject?: string | undefined;
}

function complete(
  pool: UserPool,
  { username }: User,
  message: Outgoing,
  { words = {}, clientId }: { readonly words?: Words; readonly clientId?: string | undefined } = {},
): InboxMessage {
  const own = templateOf(pool, message);
  const { subject = own.subject, text = own.text } = words;
  const fill = (template: string): string =>
    template.replaceAll(CODE, () => message.code).replaceAll(USERNAME, () => username);
  const url = confirmationUrl(pool, { clientId, username, code: message.code });
  return {
    ...message,
    ...(message.medium === 'EMAIL' && { subject: fill(subject) }),
    text: hasLink(pool, message) ? withLinks(fill(text), url) : fill(text),
    username,
    userPoolId: pool.id,
    at: pool.now(),
  };
}

/** The link of an e-mail that confirms a sign-up. */
function confirmationUrl(
  { id, service }: UserPool,
  to: { readonly clientId: string | undefined; readonly username: string; readonly code: string },
): string {
  const query = new URLSearchParams({
    client_id: to.clientId ?? '',
    user_name: to.username,
    confirmation_code: to.code,
  });
  return `${service.urlOf(id)}/confirmUser?${query}`;
}

/** Hands a message to the pool's custom sender of its medium. Returns whether there is one. */
async function sentByTrigger(
  pool: UserPool,
  user: User,
  { kind, medium, code }: Outgoing,
  { operation, body }: Request,
): Promise<boolean> {
  const purpose = purposeOf(kind, operation);
  const name = medium === 'SMS' ? 'customSmsSender' : 'customEmailSender';
  if (!codeOf(pool, name)) return false;
  const call = { clientId: clientIdIn(pool, body), userName: user.username };
  const request = {
    code: encryptCode(code, pool, kmsKeyOf(pool)),
    clientMetadata: clientMetadataOf(operation, body) ?? null,
    userAttributes: attributesForTrigger(pool, user),
  };
  return purpose && name === 'customSmsSender'
    ? tellTrigger(pool, name, {
        ...call,
        source: `CustomSMSSender_${purpose}`,
        request: { type: 'customSMSSenderRequestV1', ...request },
      })
    : tellTrigger(pool, name, {
        ...call,
        source: `CustomEmailSender_${purpose ?? 'AccountTakeOverNotification'}`,
        request: { type: 'customEmailSenderRequestV1', ...request },
      });
}

async function customWords(
  pool: UserPool,
  user: User,
  { kind, medium }: Outgoing,
  { operation, body }: Request,
): Promise<Words> {
  const purpose = purposeOf(kind, operation);
  if (!purpose) return {};
  const clientMetadata = clientMetadataOf(operation, body);
  const invites = kind === 'temporary_password';
  const answer = await runTrigger(pool, 'customMessage', {
    source: `CustomMessage_${purpose}`,
    clientId: clientIdIn(pool, body),
    userName: user.username,
    request: {
      userAttributes: attributesForTrigger(pool, user),
      codeParameter: CODE,
      linkParameter: LINK_PARAMETER,
      usernameParameter: invites ? USERNAME : null,
      ...(clientMetadata && { clientMetadata }),
    },
    response: { smsMessage: null, emailMessage: null, emailSubject: null },
  });
  if (!answer) return {};
  const text = wording(medium === 'SMS' ? answer.smsMessage : answer.emailMessage);
  const needed = invites ? [CODE, USERNAME] : [CODE];
  const linked = hasLink(pool, { kind, medium }) && namesLink(text ?? '');
  if (text !== undefined && !linked && needed.some((parameter) => !text.includes(parameter))) {
    throw new CognitoError('InvalidLambdaResponseException', 'Unrecognizable lambda output');
  }
  return { text, subject: wording(answer.emailSubject) };
}

/** Null and undefined keep the default template. */
function wording(value: unknown): string | undefined {
  if (value === null || value === undefined || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw new CognitoError('InvalidLambdaResponseException', 'Unrecognizable lambda output');
}

/** A message of threat protection has no purpose: customMessage does not run, and customEmailSender has a name of its own for it. */
function purposeOf(kind: MessageKind, operation: string): MessagePurpose | undefined {
  switch (kind) {
    case 'sign_up':
      return operation === 'ResendConfirmationCode' ? 'ResendCode' : 'SignUp';
    case 'forgot_password':
      return 'ForgotPassword';
    case 'verify_attribute':
      return operation === 'GetUserAttributeVerificationCode' ? 'VerifyUserAttribute' : 'UpdateUserAttribute';
    case 'sign_in':
      return 'Authentication';
    case 'temporary_password':
      return 'AdminCreateUser';
    case 'risky_sign_in':
      return undefined;
  }
}

/** InitiateAuth and AdminInitiateAuth do not pass ClientMetadata to the triggers of messages. */
function clientMetadataOf(operation: string, body: unknown): Readonly<Record<string, string>> | undefined {
  if (operation.endsWith('InitiateAuth')) return undefined;
  return (body as { ClientMetadata?: Readonly<Record<string, string>> }).ClientMetadata;
}

/** An access token names the app client of its sign-in. */
function clientIdIn(pool: UserPool, body: unknown): string | undefined {
  const { ClientId, AccessToken } = isObject(body) ? body : {};
  if (typeof ClientId === 'string') return ClientId;
  return typeof AccessToken === 'string' ? signInOfAccessToken(pool, AccessToken)?.client.id : undefined;
}
