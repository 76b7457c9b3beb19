// What is kept of a model's card.
import type { Act } from './life.ts';

export interface StoredCard {
  readonly model: string;
  /** Accepted by `readCard`. */
  readonly text: string;
  readonly revision: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface CardStore {
  /** Strongly consistent. */
  find(model: string): Promise<StoredCard | undefined>;
  /**
   * Writes the card as it shall be, and tells of it.
   * @returns false when its stored revision is not `revision - 1`, or the model is no more the account's: nothing was changed
   */
  save(
    card: StoredCard,
    told: { readonly accountId: string; readonly act: Act; readonly nowMs: number },
  ): Promise<boolean>;
}
