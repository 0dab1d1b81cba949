import type { IncomingMessage } from 'node:http';

/** Cognito's largest response, GetUser with 67 attributes of 2,048 characters, takes about 550 kB in UTF-8. */
const MAX_ANSWER_BYTES = 1_048_576;

/** A response of Cognito, or of another server, exceeds the limit. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';

  constructor() {
    super(`The answer is larger than ${MAX_ANSWER_BYTES} bytes.`);
  }
}

/**
 * Reads the body of a response for the SDK, which itself has no limit. At the limit it rejects with `AnswerTooLarge`
 * and closes the socket.
 */
export async function boundAnswer<T extends { response: { body?: unknown } }>(output: T): Promise<T> {
  const { response } = output;
  response.body = withoutText(await readBody(response.body as IncomingMessage));
  return output;
}

/** Listens itself, because the iterator of a stream takes as long as the rest of a short answer. */
function readBody(body: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const refuse = (error: Error): void => {
      // Closes the socket.
      body.destroy();
      reject(error);
    };
    body.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_ANSWER_BYTES) refuse(new AnswerTooLarge());
      else chunks.push(chunk);
    });
    body.once('end', () => resolve(Buffer.concat(chunks)));
    body.on('error', refuse);
    body.once('close', () => {
      if (!body.readableEnded) reject(new Error('The answer broke off.'));
    });
    if (Number(body.headers['content-length']) > MAX_ANSWER_BYTES) refuse(new AnswerTooLarge());
  });
}

const QUOTE = '"'.charCodeAt(0);

/** Empties a body that is a JSON string. The SDK iterates over its characters, for more than a second per megabyte. */
function withoutText(body: Buffer): Buffer {
  const first = body.find((byte) => byte > 0x20);
  return first === QUOTE ? Buffer.alloc(0) : body;
}
