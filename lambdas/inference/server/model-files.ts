// Models as files that child processes may read: those that came with the server where they lie, others fetched into a
// directory of bounded size. Children hold no credentials, so the server fetches for them.
import { unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSessionCache } from '../domain/session-cache.ts';
import type { ArtifactStore, StoredFile } from '../ports.ts';
import type { ModelFile } from './child-messages.ts';

export interface ModelFiles {
  /**
   * Keeps the file while `use` runs.
   * @returns undefined when this server has no such model and no store to look into
   */
  use<R>(artifact: StoredFile, use: (file: ModelFile) => Promise<R>): Promise<R> | undefined;
}

export type ModelStore = Pick<ArtifactStore, 'read'>;

export interface ModelFilesOptions {
  /** By SHA-256. */
  readonly own: ReadonlyMap<string, ModelFile>;
  /** Where other models are; undefined: only its own are served. */
  readonly store: ModelStore | undefined;
  /** For fetched files; nobody else writes there. */
  readonly directory: string;
  readonly budgetBytes: number;
}

export const createModelFiles = ({ own, store, directory, budgetBytes }: ModelFilesOptions): ModelFiles => {
  const fetched = createSessionCache<ModelFile>({ budgetBytes, release: ({ path }) => unlink(path) });
  let fileCount = 0;
  const fetchFrom = async (from: ModelStore, artifact: StoredFile): Promise<ModelFile> => {
    const { sha256, sizeBytes } = artifact;
    const bytes = await from.read(artifact);
    // A name of its own: one that is being deleted may have the same hash.
    const path = join(directory, `${sha256}-${fileCount++}.onnx`);
    await writeFile(path, bytes, { mode: 0o400 });
    return { sha256, sizeBytes, path };
  };
  return {
    use: (artifact, use) => {
      const file = own.get(artifact.sha256);
      if (file) return use(file);
      if (!store) return undefined;
      return Promise.resolve(fetched.use(artifact.sha256, artifact.sizeBytes, () => fetchFrom(store, artifact), use));
    },
  };
};
