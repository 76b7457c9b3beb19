// The item that says a month holds something and is not sealed.
import { monthMarkerKeys } from './table-keys.ts';

export const monthMarker = (accountId: string, month: string) => ({
  ...monthMarkerKeys(accountId, month),
  schema: 1,
  accountId,
  month,
});
