// Cuts events into calls that EventBridge accepts.

/** EventBridge takes ten entries a call. */
const MAX_ENTRIES = 10;
/** It takes 256 KiB a call, counted as below; some are left for what it may count more. */
const MAX_BYTES = 240 * 1024;
/** A time stamp counts fourteen bytes, whatever its form. */
const ENTRY_BYTES = 14;

interface Sized {
  readonly source: string;
  readonly detailType: string;
  readonly detail: string;
}

const sizeOf = (event: Sized): number =>
  ENTRY_BYTES + Buffer.byteLength(event.source) + Buffer.byteLength(event.detailType) + Buffer.byteLength(event.detail);

/** Keeps the order. An event too large for any call is alone in its batch, so that it spoils no other. */
export const batchEvents = <E extends Sized>(events: readonly E[]): E[][] => {
  const batches: E[][] = [];
  let batch: E[] = [];
  let bytes = 0;
  for (const event of events) {
    const size = sizeOf(event);
    if (batch.length > 0 && (batch.length === MAX_ENTRIES || bytes + size > MAX_BYTES)) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(event);
    bytes += size;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
};
