// Changes single items of an account's books, as no function of ours does.
import { ARCHIVED_DAY } from './books-account.ts';
import type { BooksPlace } from './books-place.ts';

export type Item = Record<string, unknown>;

export const more = (value: unknown, by: bigint) => BigInt(value as bigint) + by;

/** What helps to change an account's items. */
export const editorOf = (books: BooksPlace, accountId: string) => {
  const eventIn = async (minute: string): Promise<Item> => {
    const event = (await books.eventsOf(accountId)).find(({ pk }) => String(pk).includes(`#${minute}`));
    if (!event) throw new Error(`no event in ${minute}`);
    return event;
  };
  const changed = async (pk: string, sk: string, change: (item: Item) => Item) => {
    const item = await books.item(pk, sk);
    await books.put({ ...item, ...change(item) });
  };
  const changedEvent = async (minute: string, change: (item: Item) => Item) => {
    const item = await eventIn(minute);
    await books.put({ ...item, ...change(item) });
  };
  const changedSum = async (granularity: string, period: string, change: Item) => {
    const sums = await books.scan(accountId);
    const sum = sums.find(({ sk }) => String(sk).startsWith(`${granularity}#${period}`));
    if (!sum) throw new Error(`no sum of ${period}`);
    await books.put({ ...sum, ...change });
  };
  const changedWallet = (change: (item: Item) => Item) => changed(accountId, 'wallet', change);
  const entry = async (index: number): Promise<Item> => {
    const entries = (await books.scan(accountId)).filter(({ pk }) => pk === `${accountId}#ledger`);
    return entries.sort((a, b) => (`${a.sk}` < `${b.sk}` ? -1 : 1)).at(index) ?? {};
  };
  const archived = () => books.item(`${accountId}#archive`, ARCHIVED_DAY);
  return {
    books,
    accountId,
    months: `${accountId}#months`,
    quotas: `${accountId}#quota`,
    eventIn,
    changed,
    changedEvent,
    changedSum,
    changedWallet,
    entry,
    archived,
  };
};

export type Editor = ReturnType<typeof editorOf>;
