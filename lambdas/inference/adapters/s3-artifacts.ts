// Artifacts in S3, hashed on the way; nobody sees a byte of one whose hash is another.
import type { ReadObject } from '../../shared/platform/signed/objects.ts';
import type { ArtifactStore } from '../ports.ts';
import { memorySink } from './memory-sink.ts';
import { scratchSink } from './scratch-sink.ts';

export const s3Artifacts = (readObject: ReadObject, bucket: string): ArtifactStore => ({
  read: async (file) => {
    const sink = memorySink(file);
    await readObject(bucket, file.key, sink);
    return sink.bytes();
  },
  readToScratch: async (file) => {
    const sink = scratchSink(file);
    try {
      await readObject(bucket, file.key, sink);
      return await sink.finish();
    } catch (fault) {
      sink.discard();
      throw fault;
    }
  },
});
