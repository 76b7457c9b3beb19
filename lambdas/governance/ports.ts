// What governance needs from outside.
import type { GovernanceFile } from './contract.ts';

/** The files that were deployed beside the function's bundle. */
export interface BundledFiles {
  /** The file's text; read once, then kept. */
  text(file: GovernanceFile): Promise<string>;
}

/** An event that waits in a table's outbox. */
export interface OutboxEvent {
  readonly table: string;
  readonly pk: string;
  /** The event's id, `evt_…`. */
  readonly id: string;
  readonly source: string;
  readonly detailType: string;
  /** JSON text. */
  readonly detail: string;
}

export interface Outboxes {
  /** Events older than the instant, of every table and shard, oldest first within a shard, a page at a time. */
  waitingSince(beforeMs: number): AsyncIterable<readonly OutboxEvent[]>;
  /** Forgets an event that was published. Forgetting it again changes nothing. */
  remove(event: OutboxEvent): Promise<void>;
}

export interface EventBus {
  /**
   * Hands over up to ten events in one call.
   * @returns for each, in order: undefined when the bus has taken it, else why not
   */
  publish(events: readonly OutboxEvent[]): Promise<readonly (string | undefined)[]>;
}
