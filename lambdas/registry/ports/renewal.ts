// What the walk that renews products needs from outside.

/** How far the walk over all published versions is. */
export interface RenewalState {
  /** What made products when it began. */
  readonly makers: string;
  /** Where to go on; undefined: at the beginning. */
  readonly cursor: string | undefined;
  /** Once it came to its end. */
  readonly finishedAtMs: number | undefined;
  readonly revision: number;
}

export interface PublishedPage {
  readonly entries: readonly {
    readonly model: string;
    readonly version: string;
    /** Leads to what comes after it. */
    readonly cursor: string;
  }[];
  /** undefined: there is nothing more to look at. */
  readonly next: string | undefined;
}

export interface RenewalStore {
  read(): Promise<RenewalState | undefined>;
  /** @returns false when the stored revision is not `revision - 1`: nothing was changed */
  save(state: RenewalState): Promise<boolean>;
  /** Of all published versions, in an order that stays. */
  published(cursor: string | undefined): Promise<PublishedPage>;
}
