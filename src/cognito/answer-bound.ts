import type { IncomingMessage } from 'node:http';

/** The largest answer of Cognito, of GetUser with 67 attributes of 2,048 characters, takes some 550 kB in UTF-8. */
const LARGEST_ANSWER = 1_048_576;

/** Cognito, or a server in its place, has sent more than it may. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';

  constructor() {
    super(`The answer is larger than ${LARGEST_ANSWER} bytes.`);
  }
}

/**
 * Reads the body of an answer for the SDK, which would take one of any size. Rejects with an `AnswerTooLarge` as soon as
 * it is one, and closes the socket.
 */
export async function boundAnswer<T extends { response: { body?: unknown } }>(output: T): Promise<T> {
  const { response } = output;
  response.body = withoutText(await readBody(response.body as IncomingMessage));
  return output;
}

async function readBody(body: IncomingMessage): Promise<Buffer> {
  if (Number(body.headers['content-length']) > LARGEST_ANSWER) {
    body.destroy();
    throw new AnswerTooLarge();
  }
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop closes the socket.
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_ANSWER) throw new AnswerTooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const QUOTE = '"'.charCodeAt(0);

/** JSON text has no members to read, but the SDK goes through its characters: a second and more for each megabyte. */
function withoutText(body: Buffer): Buffer {
  const first = body.find((byte) => byte > 0x20);
  return first === QUOTE ? Buffer.alloc(0) : body;
}
