// What makers of products have in common.
import { createHash } from 'node:crypto';
import type { SmokeRequest } from '../../inference/contract.ts';
import type { Product } from '../contract.ts';
import type { Artifacts, Probe, Quarantine, Validated } from '../ports.ts';

export interface ProductPorts {
  readonly artifacts: Artifacts;
  readonly quarantine: Quarantine;
  readonly probe: Probe;
  readonly smokeLimits: SmokeRequest['limits'];
  readonly clock: () => number;
}

/** What a product is made of: the artifact, which is in its bucket by now. */
export type Subject = Pick<Validated, 'signature' | 'artifact'>;

/** What became of a kind: the product, kept in its bucket, or why there is none. What is our fault is thrown. */
export type Outcome = Omit<Product, 'kind' | 'madeBy' | 'against'> | { readonly reason: string };

export const PRESIGN_SECONDS = 300;

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
