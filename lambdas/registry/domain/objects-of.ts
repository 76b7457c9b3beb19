// The objects in the artifacts bucket that a version needs.
import type { Validated } from '../ports.ts';

export interface StoredObject {
  /** `artifact`, `examples`, or the kind of a product. */
  readonly kind: string;
  readonly key: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

export const objectsOf = ({
  artifact,
  products,
  examples,
}: Pick<Validated, 'artifact' | 'products' | 'examples'>): StoredObject[] => [
  { kind: 'artifact', key: artifact.key, sha256: artifact.sha256, sizeBytes: artifact.sizeBytes },
  ...products.map(({ kind, key, sha256, sizeBytes }) => ({ kind, key, sha256, sizeBytes })),
  ...(examples
    ? [{ kind: 'examples', key: examples.key, sha256: examples.sha256, sizeBytes: examples.sizeBytes }]
    : []),
];
