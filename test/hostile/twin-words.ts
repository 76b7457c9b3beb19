// What the process that runs models one after the other tells of each.

export interface TwinWords {
  readonly index: number;
  /** It is about to be loaded: who dies now died of it. */
  readonly began?: true;
  /** `refused`: the runtime did not load it, or ran none of its inputs. */
  readonly ended?: 'ran' | 'refused';
  /** SHA-256 of everything that came out. */
  readonly outputs?: string;
  /** Bytes of a canary that came out. */
  readonly leaked?: number;
}
