// Archived events in S3: one gzip file of JSON lines per account and day, `events/<account>/<day>.jsonl.gz`. Bytes are
// believed only when their SHA-256 is the recorded one, and only of the very version that was read back.
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import {
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { ARCHIVE_PREFIX } from '../contract.ts';
import { ArchiveFault, type KeptEvent, type StoredObject } from '../domain/kept.ts';
import type { EventObjects } from '../ports.ts';
import { keptEventOfLine } from './stored-event.ts';

/** Byte of a gzip header that names the writer's operating system; 255 is "unknown". */
const OS_BYTE = 9;
const UNKNOWN_OS = 255;

export const s3EventObjects = (client: S3Client, bucket: string): EventObjects => {
  const readBytes = async ({ key, versionId }: Pick<StoredObject, 'key' | 'versionId'>): Promise<Buffer> => {
    try {
      const command = new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId });
      const { Body } = await client.send(command);
      if (!Body) throw new Error('S3 answered an object without a body');
      return Buffer.from(await Body.transformToByteArray());
    } catch (fault) {
      if (isMissing(fault)) throw new ArchiveFault(`there is no ${key} of version ${versionId}`);
      throw fault;
    }
  };
  return {
    write: async ({ accountId, day }, lines) => {
      const key = `${ARCHIVE_PREFIX}${accountId}/${day}.jsonl.gz`;
      const bytes = await compress(lines);
      const sha256 = createHash('sha256').update(bytes).digest();
      const { VersionId: versionId } = await client.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: bytes,
          ContentType: 'application/gzip',
          // S3 refuses what arrives otherwise.
          ChecksumSHA256: sha256.toString('base64'),
        }),
      );
      if (versionId === undefined) throw new Error('the archive bucket must be versioned');
      const kept = await readBytes({ key, versionId });
      if (!kept.equals(bytes)) throw new Error(`S3 keeps other bytes of ${key} than were sent`);
      return { key, versionId, sha256: sha256.toString('hex'), byteCount: bytes.length };
    },
    read: async (stored) => {
      const bytes = await readBytes(stored);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      if (sha256 !== stored.sha256) throw new ArchiveFault(`${stored.key} has the SHA-256 ${sha256}`);
      return eventsOf(bytes);
    },
    faultOfLatest: async ({ key, sha256 }) => {
      try {
        const command = new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' });
        const { ChecksumSHA256 } = await client.send(command);
        const found = ChecksumSHA256 && Buffer.from(ChecksumSHA256, 'base64').toString('hex');
        return found === sha256 ? undefined : `its latest version has the SHA-256 ${found ?? 'unknown'}`;
      } catch (fault) {
        if (isMissing(fault)) return 'it was deleted; its recorded version is still there';
        throw fault;
      }
    },
  };
};

const isMissing = (fault: unknown): boolean =>
  fault instanceof NoSuchKey ||
  (fault instanceof S3ServiceException && ['NoSuchKey', 'NoSuchVersion', 'NotFound'].includes(fault.name));

/** Bytes that depend on the lines alone: no time, no name, no operating system in the header. */
const compress = async (lines: AsyncIterable<string>): Promise<Buffer> => {
  const ended = async function* () {
    for await (const line of lines) yield `${line}\n`;
  };
  const chunks: Buffer[] = [];
  const source = Readable.from(ended());
  const gzip = createGzip({ level: 9 });
  source.on('error', (fault) => gzip.destroy(fault));
  for await (const chunk of source.pipe(gzip)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  bytes[OS_BYTE] = UNKNOWN_OS;
  return bytes;
};

async function* eventsOf(bytes: Buffer): AsyncIterable<KeptEvent> {
  const text = Readable.from([bytes]).pipe(createGunzip());
  for await (const line of createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })) {
    yield keptEventOfLine(line);
  }
}
