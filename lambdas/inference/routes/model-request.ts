/** What the routes that tell of one model read of their request, and the version that it asks for. */
import { viewerOf } from '../../accounts/gateway.ts';
import type { Caller } from '../../shared/platform/caller.ts';
import type { ModelReference } from './resolve-model.ts';

export interface ModelRequest extends Asking {
  readonly params: { readonly model: string; readonly version?: string };
}

export interface Asking {
  readonly caller: Caller | undefined;
  readonly headers?: { readonly [AFFINITY_HEADER]?: string | undefined };
  /** From where the call came, as far as known. */
  readonly clientAddress?: string | undefined;
}

/** An account tells its own users apart by it, where an alias shares callers out among versions. */
export const AFFINITY_HEADER = 'x-aimass-affinity';

export const referenceOf = (request: ModelRequest): ModelReference => ({
  model: request.params.model,
  reference: request.params.version,
  accountId: viewerOf(request.caller, request.params.model),
  caller: stickyCaller(request),
});

/** Who is to be given the same version of a split alias again: the account, or one of its users; of nobody, the address. */
export const stickyCaller = ({ caller, headers, clientAddress }: Asking): string => {
  const who = caller?.accountId ?? clientAddress ?? '';
  const affinity = headers?.[AFFINITY_HEADER];
  return affinity === undefined ? who : `${who} ${affinity}`;
};
