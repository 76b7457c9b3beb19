/** GET /v2/models[/{model}[/versions/{version}]]/stats — the account's calls in this environment, in Triton's shape. */
import { requireModel, viewerOf } from '../../accounts/gateway.ts';
import type { PublishedModels } from '../../registry/contract.ts';
import type { Caller } from '../../shared/platform/caller.ts';
import { type CallStatistics, noCalls, type VersionCounts } from '../domain/call-statistics.ts';
import { type ModelRequest, referenceOf } from './model-request.ts';
import { resolveModel, versionsOf } from './resolve-model.ts';

const zero = { count: 0, ns: 0 };

const toWire = ({ whole, ...counts }: VersionCounts) => ({
  name: counts.model,
  version: counts.version,
  last_inference: counts.lastInferenceMs,
  inference_count: counts.inferenceCount,
  execution_count: counts.executionCount,
  inference_stats: {
    success: counts.success,
    fail: counts.fail,
    queue: counts.queue,
    compute_input: whole.computeInput,
    compute_infer: whole.computeInfer,
    compute_output: whole.computeOutput,
    cache_hit: zero,
    cache_miss: zero,
  },
  batch_stats: [...counts.batches]
    .sort(([a], [b]) => a - b)
    .map(([size, batch]) => ({
      batch_size: size,
      compute_input: batch.computeInput,
      compute_infer: batch.computeInfer,
      compute_output: batch.computeOutput,
    })),
});

const toAnswer = (counts: readonly VersionCounts[]) => ({
  status: 200 as const,
  body: { model_stats: counts.map(toWire) },
});

/** Of every model that the account has called. */
export const getStatistics =
  (statistics: CallStatistics) =>
  async ({ caller }: { readonly caller: Caller }) =>
    // A key that is bound to models is told of no others.
    toAnswer(statistics.of(caller.accountId).filter(({ model }) => viewerOf(caller, model) !== undefined));

/** Of one version, or of all that a model has; those that were not called included. */
export const getModelStatistics =
  (models: PublishedModels, statistics: CallStatistics) =>
  async (request: ModelRequest & { readonly caller: Caller }) => {
    requireModel(request.caller, request.params.model);
    const wanted = referenceOf(request);
    const versions =
      wanted.reference === undefined
        ? await versionsOf(models, wanted)
        : [(await resolveModel(models, wanted)).version];
    const counted = new Map(
      statistics
        .of(request.caller.accountId)
        .filter(({ model }) => model === wanted.model)
        .map((counts) => [counts.version, counts]),
    );
    const answer = toAnswer(versions.map((version) => counted.get(version) ?? noCalls(wanted.model, version)));
    const [version] = versions;
    // What an alias or a range stood for.
    return wanted.reference === undefined || version === undefined
      ? answer
      : { ...answer, headers: { 'x-aimass-version': version } };
  };
