// What the books must say, added up anew from the raw events, by code that shares nothing with the sealer's.
import type { BooksPlace } from './books-place.ts';

const lengths = { minute: 16, hour: 13, day: 10, month: 7 } as const;
export type Level = keyof typeof lengths;
export const levels = Object.keys(lengths) as Level[];

/** `<level> <period> <model> <key>` → `<calls> <rows> <micros>`. */
export type Sums = Readonly<Record<string, string>>;

export const truthOf = async (books: BooksPlace, accountId: string, wanted: readonly Level[]): Promise<Sums> => {
  const totals = new Map<string, [calls: number, rows: number, micros: bigint]>();
  for (const event of await books.eventsOf(accountId)) {
    const minute = String(event.pk).split('#')[1] ?? '';
    for (const level of wanted) {
      const name = `${level} ${minute.slice(0, lengths[level])} ${event.model} ${event.keyId ?? '-'}`;
      const [calls, rows, micros] = totals.get(name) ?? [0, 0, 0n];
      totals.set(name, [calls + 1, rows + Number(event.rowCount), micros + BigInt(event.amountMicros as bigint)]);
    }
  }
  return Object.fromEntries([...totals].sort().map(([name, total]) => [name, total.join(' ')]));
};

/** All sums that are stored, of every level. */
export const storedSums = async (books: BooksPlace, accountId: string): Promise<Sums> => {
  const items = (await books.scan(accountId)).filter(({ pk }) => pk === `${accountId}#usage`);
  const lines = items.map(({ sk, calls, rows, amountMicros }) => [
    String(sk).replaceAll('#', ' '),
    `${calls} ${rows} ${amountMicros}`,
  ]);
  return Object.fromEntries(lines.sort());
};
