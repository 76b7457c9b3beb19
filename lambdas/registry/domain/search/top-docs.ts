// The first docs of an order, out of many in any order.
export interface TopDocs {
  /** By key, then by doc, ascending. */
  readonly keys: readonly number[];
  readonly docs: readonly number[];
  /** What has a larger key is not taken. */
  readonly worstKey: number;
  offer(key: number, doc: number): void;
}

export const topDocs = (limit: number): TopDocs => new Top(limit);

class Top implements TopDocs {
  readonly keys: number[] = [];
  readonly docs: number[] = [];
  worstKey = Number.POSITIVE_INFINITY;
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  offer(key: number, doc: number): void {
    const { keys, docs, limit } = this;
    if (
      keys.length === limit &&
      (key > this.worstKey || (key === this.worstKey && doc > (docs[limit - 1] as number)))
    ) {
      return;
    }
    let low = 0;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = keys[middle] as number;
      if (other < key || (other === key && (docs[middle] as number) < doc)) low = middle + 1;
      else high = middle;
    }
    keys.splice(low, 0, key);
    docs.splice(low, 0, doc);
    if (keys.length > limit) {
      keys.pop();
      docs.pop();
    }
    if (keys.length === limit) this.worstKey = keys[limit - 1] as number;
  }
}
