// The objects in the artifacts bucket that a version needs.
import type { Validated } from '../ports.ts';

export interface StoredObject {
  /** `artifact`, or the kind of a product. */
  readonly kind: string;
  readonly key: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

export const objectsOf = ({ artifact, products }: Pick<Validated, 'artifact' | 'products'>): StoredObject[] => [
  { kind: 'artifact', key: artifact.key, sha256: artifact.sha256, sizeBytes: artifact.sizeBytes },
  ...products.map(({ kind, key, sha256, sizeBytes }) => ({ kind, key, sha256, sizeBytes })),
];
