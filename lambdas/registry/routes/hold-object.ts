// Holds an object before it is looked for or written, so that no purge deletes it in between.

import type { Holder, ObjectHolds } from '../ports/life.ts';
import type { Artifacts } from '../ports.ts';

const TRIES = 10;
const PAUSE_MS = 500;

/** Waits while the same bytes, which nobody needed any more, are being deleted: that takes moments. */
export const holdObject = async (holds: Pick<ObjectHolds, 'hold'>, key: string, holder: Holder): Promise<void> => {
  for (let tries = 0; tries < TRIES; tries++) {
    if (await holds.hold(key, holder)) return;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  throw new Error(`an object is being deleted for too long: ${key}`);
};

/** The bucket, for one version: whatever is kept there is held by it first. */
export const heldArtifacts = (artifacts: Artifacts, holds: Pick<ObjectHolds, 'hold'>, holder: Holder): Artifacts => ({
  ...artifacts,
  keep: async (candidate, key) => {
    await holdObject(holds, key, holder);
    await artifacts.keep(candidate, key);
  },
  write: async (key, bytes, sha256) => {
    await holdObject(holds, key, holder);
    await artifacts.write(key, bytes, sha256);
  },
});
