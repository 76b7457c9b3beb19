// The whole of /v2 over ports of its own: an echo of strings under names that clients may ask for.
import type { Billing } from '../../../../lambdas/billing/contract.ts';
import { inferenceRoutes } from '../../../../lambdas/inference/contract.ts';
import { createCallStatistics } from '../../../../lambdas/inference/domain/call-statistics.ts';
import { refusedRoutes } from '../../../../lambdas/inference/refused-routes.ts';
import { protocolUseCases } from '../../../../lambdas/inference/routes/protocol.ts';
import type { PublishedModels } from '../../../../lambdas/registry/contract.ts';
import { DomainError } from '../../../../lambdas/shared/kernel/errors.ts';
import { createApi } from '../../../../lambdas/shared/platform/api.ts';
import type { Caller } from '../../../../lambdas/shared/platform/caller.ts';
import { callHandler } from '../../../support/http-event.ts';
import { unlimited } from '../../../support/unlimited.ts';

export const unpublished = 'acme.third';
export const names = ['acme.echo', 'acme.second', unpublished];

const models: PublishedModels = {
  resolve: async ({ model, reference = 'latest' }) => {
    if (!names.includes(model)) throw new DomainError('not_found', 'model_not_found', `no model ${model}`);
    if (!['latest', '1.0.0', '^1'].includes(reference)) {
      throw new DomainError('not_found', 'version_not_found', `no version ${reference}`);
    }
    return {
      model,
      version: '1.0.0',
      ownerAccountId: 'acc_owner',
      visibility: 'public',
      summary: '',
      task: 'other',
      price: { perCallMicros: '0', perRowMicros: '0', version: 1 },
      signature: {
        inputs: [{ name: 'x', datatype: 'BYTES', shape: [-1], dims: ['n'] }],
        outputs: [{ name: 'y', datatype: 'BYTES', shape: [-1], dims: ['n'] }],
      },
      artifact: { key: 'k', sha256: 'a'.repeat(64), sizeBytes: 1 },
      lane: 'run-2gib',
      products: [],
    };
  },
  versions: async ({ model }) => {
    if (!names.includes(model)) throw new DomainError('not_found', 'model_not_found', `no model ${model}`);
    return ['1.0.0', '0.9.0'];
  },
  list: async ({ limit, cursor }) => {
    const from = Number(cursor ?? 0);
    const page = names.slice(from, from + Math.min(limit, 1));
    const next = from + page.length < names.length ? String(from + page.length) : null;
    const told = page.map((model) => {
      const ready = model !== unpublished;
      return { model, version: '1.0.0', ready, reason: ready ? '' : 'no version is published' };
    });
    return { models: told, next };
  },
};

const billing: Billing = {
  findReplay: async () => undefined,
  quote: () => 0n,
  prepare: async () => {},
  charge: async ({ inferenceId, model, version }) => ({
    inferenceId,
    model,
    version,
    amountMicros: 0n,
    replayed: false,
  }),
  chargeTimeout: async () => undefined,
};

/** `Bearer <account>` signs in as that account; `Bearer <account> <model>` with a key that is bound to the model. */
const callerOf = (authorization: string): Caller => {
  const [, accountId = '', model] = authorization.split(' ');
  return { ...someone, accountId, models: model === undefined ? undefined : [model] };
};

const someone: Caller = {
  accountId: 'acc_1',
  handle: undefined,
  userId: 'usr_1',
  role: 'owner',
  operator: false,
  via: 'key',
  keyId: 'key_1',
  scopes: ['infer'],
  models: undefined,
};

const statistics = createCallStatistics({ accounts: 2, versionsPerAccount: 3, batchSizesPerVersion: 2 });

export const handler = createApi({
  routes: { ...inferenceRoutes, ...refusedRoutes },
  authenticate: async ({ authorization }, { auth }) => {
    if (authorization) return callerOf(authorization);
    if (auth === 'optional') return undefined;
    throw new DomainError('unauthenticated', 'unauthenticated', 'sign in');
  },
  limit: unlimited,
  useCases: protocolUseCases({
    models,
    billing,
    statistics,
    requireModel: () => {},
    clock: Date.now,
    ownMemoryMiB: 1024,
    newInferenceId: () => 'inf_1',
    runner: {
      run: async ({ inputs }) => ({ ok: true, outputs: inputs.map((x) => ({ ...x, name: 'y' })), loadMs: 0, runMs: 0 }),
    },
  }),
});

export const get = (path: string, headers = {}) => callHandler(handler, { method: 'GET', path, headers });
export const signedIn = { authorization: 'Bearer acc_1' };
