/** What the routes that tell of one model read of their request, and the version that it asks for. */
import { viewerOf } from '../../accounts/gateway.ts';
import type { Caller } from '../../shared/platform/caller.ts';
import type { ModelReference } from './resolve-model.ts';

export interface ModelRequest {
  readonly params: { readonly model: string; readonly version?: string };
  readonly caller: Caller | undefined;
}

export const referenceOf = ({ params, caller }: ModelRequest): ModelReference => ({
  model: params.model,
  reference: params.version,
  accountId: viewerOf(caller, params.model),
});
