// An object of S3, piece by piece.
import { GetObjectCommand, type GetObjectCommandInput, type S3Client } from '@aws-sdk/client-s3';

export const readObject = async function* (
  client: S3Client,
  object: GetObjectCommandInput,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { Body } = await client.send(new GetObjectCommand(object), { abortSignal: signal });
  if (!Body) throw new Error('S3 answered an object without a body');
  const stream: AsyncIterable<unknown> = Body.transformToWebStream();
  for await (const chunk of stream) {
    if (!(chunk instanceof Uint8Array)) throw new Error('S3 answered something other than bytes');
    yield chunk;
  }
};

/** All of an object that is known to be small, by this process's own time. */
export const readWhole = async (client: S3Client, object: GetObjectCommandInput): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readObject(client, object, AbortSignal.timeout(READ_MS))) chunks.push(chunk);
  return Buffer.concat(chunks);
};

const READ_MS = 10_000;
