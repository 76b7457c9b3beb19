// What governance needs from outside.
import type { OriginSecret } from '../shared/platform/origin-secret.ts';
import type { IdempotencyClaim } from '../shared/platform/route.ts';
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

/** The versions of the origin secret. */
export interface SecretVersions {
  /** @returns undefined when there is no such version, or it holds nothing yet */
  read(versionId: string): Promise<OriginSecret | undefined>;
  writePending(versionId: string, secret: OriginSecret): Promise<void>;
  /** Does nothing where it is so already. */
  makeCurrent(versionId: string): Promise<void>;
}

/** CloudFront's distribution before the API. */
export interface Front {
  /** What it sends as the origin secret, everywhere. @throws Error while a change of it still spreads, or when it sends none */
  settledSecret(): Promise<string>;
  /** From when it has spread. Does nothing where it is so already. */
  send(value: string): Promise<void>;
}

/** A secret that messages are signed with. Only who sends them can open it. */
export interface SealedSecret {
  readonly ciphertext: string;
  readonly createdAtMs: number;
  /** Replaced, and still signed with until then. */
  readonly expiresAtMs: number | undefined;
}

export interface Webhook {
  readonly webhookId: string;
  readonly accountId: string;
  readonly url: string;
  readonly description: string | undefined;
  /** Public types, `noun.*` or `*`. */
  readonly events: readonly string[];
  readonly enabled: boolean;
  /** `gone`: answered 410; `failing`: answered nothing well for days. */
  readonly disabledReason: 'gone' | 'failing' | undefined;
  readonly disabledAtMs: number | undefined;
  /** The first attempt that failed since the last that did not. */
  readonly failingSinceMs: number | undefined;
  /** Newest first. */
  readonly secrets: readonly SealedSecret[];
  readonly createdBy: string;
  readonly revision: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface WebhookStore {
  /** @returns of a repeat, the id that the first one made */
  create(creation: {
    readonly webhook: Webhook;
    readonly idempotency: IdempotencyClaim | undefined;
    readonly nowMs: number;
  }): Promise<
    | { readonly outcome: 'created' | 'limit' | 'claim_reused' }
    | { readonly outcome: 'replay'; readonly webhookId: string }
  >;
  find(accountId: string, webhookId: string): Promise<Webhook | undefined>;
  /** All of an account, oldest first: there are a few. */
  all(accountId: string): Promise<readonly Webhook[]>;
  /** Writes it over the revision before its own. @returns false when another write came in between, or it is gone */
  change(webhook: Webhook): Promise<boolean>;
  /** @returns false when there is none */
  remove(accountId: string, webhookId: string): Promise<boolean>;
}

export interface Attempt {
  readonly atMs: number;
  readonly durationMs: number;
  /** Absent: no answer came. */
  readonly status: number | undefined;
  readonly error: string | undefined;
  /** How the answer's body begins. */
  readonly response: string | undefined;
}

export interface Delivery {
  readonly accountId: string;
  readonly webhookId: string;
  /** The event's own id, `evt_…`: what the receiver knows a repeat by. */
  readonly deliveryId: string;
  readonly type: string;
  /** The body, as it is signed. */
  readonly payload: string;
  readonly state: 'pending' | 'delivered' | 'failed';
  /** Why it failed for good. */
  readonly reason: 'attempts_used_up' | 'webhook_disabled' | 'webhook_removed' | undefined;
  /** Attempts since it was new, or replayed; one that is under way is among them. */
  readonly attemptCount: number;
  /** The latest, oldest first. */
  readonly attempts: readonly Attempt[];
  readonly nextAttemptAtMs: number | undefined;
  /** From when on the sweep takes it: nothing was heard of who had it. Absent: nothing is to be done. */
  readonly dueMs: number | undefined;
  readonly expiresAtMs: number;
  readonly revision: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface DeliveryStore {
  /** @returns false when it is there already */
  create(delivery: Delivery): Promise<boolean>;
  find(webhookId: string, deliveryId: string): Promise<Delivery | undefined>;
  /** Newest first; a page may hold fewer than asked for while `last` is there. @param page.state - those alone */
  list(page: {
    readonly webhookId: string;
    readonly state?: Delivery['state'] | undefined;
    readonly limit: number;
    readonly after: string | undefined;
  }): Promise<{ readonly items: readonly Delivery[]; readonly last: string | undefined }>;
  /** Writes it over the revision before its own. @returns false when another write came in between */
  change(delivery: Delivery): Promise<boolean>;
  /** Those whose `dueMs` has come, a page at a time; may be seconds old. */
  due(nowMs: number): AsyncIterable<readonly Delivery[]>;
}

/** Who may call a webhook that is failing. */
export interface WebhookProbes {
  /** @returns whether this attempt is the only one until then; false: another is */
  take(webhookId: string, nowMs: number): Promise<boolean>;
}

/** An attempt to be made. It stands for one revision: what became of another is none of its business. */
export interface DeliveryTask {
  readonly accountId: string;
  readonly webhookId: string;
  readonly deliveryId: string;
  readonly revision: number;
}

export interface DeliveryQueue {
  /** @param delayMs - at most a quarter of an hour */
  put(tasks: readonly DeliveryTask[], delayMs?: number): Promise<void>;
}

interface SecretOwner {
  readonly accountId: string;
  readonly webhookId: string;
}

/** Two halves, so that who makes a secret cannot read those that are kept. */
export interface SecretSealer {
  seal(secret: string, owner: SecretOwner): Promise<string>;
}
export interface SecretOpener {
  open(ciphertext: string, owner: SecretOwner): Promise<string>;
}

export interface SendOutcome {
  /** Absent: no answer came. */
  readonly status: number | undefined;
  /** What the owner is told where no answer came, or where it means nothing to us. */
  readonly error: string | undefined;
  /** How the body begins. */
  readonly response: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly durationMs: number;
}

export interface WebhookSender {
  /** Never throws for what lies with the receiver. */
  send(message: {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  }): Promise<SendOutcome>;
}
