// Sends a file that a process left behind to a presigned form: fields first, the file last. Plain HTTP, as the download.
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

export interface Form {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly limitBytes: number;
}

/** A silent connection is given up after this. */
const IDLE_MS = 20_000;
const BOUNDARY = 'aimass-form-5d1f0c3e9b7a4286';

/** Whoever wrote the file may have put a link or a pipe there instead. */
const PLAINLY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** @throws Error when it is no plain file of 1 to `limitBytes` bytes, or the form does not take it */
export const sendFile = async (form: Form, directory: string, name: string): Promise<void> => {
  const file = await open(join(directory, name), PLAINLY);
  try {
    const stat = await file.stat();
    if (!stat.isFile() || stat.size < 1 || stat.size > form.limitBytes) {
      throw new Error(`'${name}' must be a file of 1 to ${form.limitBytes} bytes, got ${stat.size}`);
    }
    await post(form, file, stat.size);
  } finally {
    await file.close();
  }
};

const post = async ({ url, fields }: Form, file: FileHandle, sizeBytes: number): Promise<void> => {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const head = Buffer.from(
    `${parts.join('')}--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="model"\r\ncontent-type: application/octet-stream\r\n\r\n`,
  );
  const tail = Buffer.from(`\r\n--${BOUNDARY}--\r\n`);
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  const request = send(url, {
    method: 'POST',
    timeout: IDLE_MS,
    headers: {
      'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
      'content-length': head.length + sizeBytes + tail.length,
    },
  });
  const status = new Promise<number>((resolve, reject) => {
    request.on('response', (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode ?? 0));
      answer.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error(`the form's URL was silent for ${IDLE_MS} ms`)));
    request.on('error', reject);
  });
  // A form that refuses early answers while the file is still being sent: what it says counts.
  const sent = pipeline(async function* () {
    yield head;
    // No more than was measured, should it have grown since.
    yield* file.createReadStream({ start: 0, end: sizeBytes - 1, autoClose: false });
    yield tail;
  }, request).catch(() => {});
  const answered = await status;
  await sent;
  if (answered < 200 || answered > 299) throw new Error(`the form must answer 2xx, got ${answered}`);
};
