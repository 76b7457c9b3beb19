/** What the routes that tell of one model read of their request. */
import type { Caller } from '../../shared/platform/caller.ts';

export interface ModelRequest {
  readonly params: { readonly model: string; readonly version?: string };
  readonly caller: Caller | undefined;
}
