// registry: what others may import. Routes, events and env names; resolving for a call is registry/gateway.ts.
import { z } from 'zod';
import type { ModelPrice } from '../billing/contract.ts';
import type { Signature } from '../shared/onnx/signature.ts';

/** Environment of a function that reads published models. */
export const registryEnv = z.object({ REGISTRY_TABLE: z.string().min(1) });

/** Where versions run, by their measured envelope. */
export const lanes = ['run-2gib', 'run-10gib'] as const;
export type Lane = (typeof lanes)[number];

/** A published version as a call needs it. */
export interface PublishedVersion {
  readonly model: string;
  readonly version: string;
  readonly ownerAccountId: string;
  readonly visibility: 'public' | 'private';
  readonly summary: string;
  readonly task: string;
  readonly price: ModelPrice;
  readonly signature: Signature;
  /** In the artifacts bucket: `sha256/<hex>`. */
  readonly artifact: { readonly key: string; readonly sha256: string; readonly sizeBytes: number };
  readonly lane: Lane;
}

/** What the registry does in the caller's process (registry/gateway.ts makes it); answers are cached for seconds. */
export interface PublishedModels {
  /**
   * @param reference - a version, an alias or a range (`^1`); undefined means alias `latest`
   * @param accountId - who asks; a private model of another account is not found. undefined: nobody signed in
   * @throws DomainError model_not_found, version_not_found, model_not_ready
   */
  resolve(request: {
    model: string;
    reference: string | undefined;
    accountId: string | undefined;
  }): Promise<PublishedVersion>;
  /** Published versions of a model, highest first. @throws DomainError model_not_found */
  versions(request: { model: string; accountId: string | undefined }): Promise<readonly string[]>;
  /** A page of the models that the account may call, by name. */
  list(request: { accountId: string | undefined; limit: number; cursor: string | undefined }): Promise<{
    readonly models: readonly { readonly model: string; readonly version: string; readonly ready: boolean }[];
    readonly next: string | null;
  }>;
}
