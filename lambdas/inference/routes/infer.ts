/**
 * POST /v2/models/{model}[/versions/{version}]/infer — the main job: read, run, encode, charge, answer. In that order:
 * no answer leaves without its charge recorded, and nothing is charged that is not computed and encoded.
 */
import type { Billing, ChargeRecord } from '../../billing/contract.ts';
import type { PublishedModels, PublishedVersion } from '../../registry/contract.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import { formatMicros } from '../../shared/kernel/money.ts';
import type { Caller } from '../../shared/platform/caller.ts';
import type { RouteRequest } from '../../shared/platform/route.ts';
import type { inferenceRoutes } from '../contract.ts';
import { decodeBody } from '../domain/content-coding.ts';
import { type EncodedAnswer, encodeInferAnswer, outputTooLarge } from '../domain/infer-answer.ts';
import { type InferCall, parseInferRequest, rowCountOf } from '../domain/infer-request.ts';
import { MESSAGE_LIMIT_BYTES } from '../domain/run-message.ts';
import type { Tensor } from '../domain/tensor.ts';
import type { ModelRunner, RunOutcome } from '../ports.ts';
import { resolveModel } from './resolve-model.ts';

export interface InferPorts {
  readonly models: PublishedModels;
  readonly billing: Billing;
  readonly runner: ModelRunner;
  /** For a key that is bound to models. @throws DomainError permission_denied */
  readonly requireModel: (caller: Caller, model: string) => void;
  readonly clock: Clock;
  /** `inf_…` of that instant. */
  readonly newInferenceId: (nowMs: number) => string;
}

type InferRequest = Omit<RouteRequest<typeof inferenceRoutes.inferModel>, 'params'> & {
  readonly params: { readonly model: string; readonly version?: string };
};

/**
 * From arrival: no charge is begun later. One begun then ends by 28.5 s (1.5 s of tries, 1 s for the last of them to be
 * answered), while the function dies at 29 s and the gateway gives up at 30 s: no charge without its answer.
 */
export const LAST_COMMIT_MS = 26_000;

/** One call, read and checked against the version it is for. */
interface PreparedCall {
  readonly call: InferCall;
  readonly rowCount: number;
  readonly published: PublishedVersion;
}

export const infer = (ports: InferPorts) => async (request: InferRequest) => {
  const { caller, idempotency, nowMs, params } = request;
  ports.requireModel(caller, params.model);
  const record = idempotency && (await ports.billing.findReplay({ accountId: caller.accountId, idempotency, nowMs }));
  return record ? repeat(ports, request, record) : runAndCharge(ports, request);
};

const prepareCall = async (
  { models }: InferPorts,
  request: InferRequest,
  reference: string | undefined,
): Promise<PreparedCall> => {
  const { params, caller, headers, body, figures } = request;
  const published = await resolveModel(models, { model: params.model, reference, accountId: caller.accountId });
  const headerLength = headers['inference-header-content-length'];
  const call = parseInferRequest(
    decodeBody(body, headers['content-encoding']),
    headerLength === undefined ? undefined : Number(headerLength),
    published.signature,
  );
  const rowCount = rowCountOf(published.signature, call.inputs);
  note(figures, { model: published.model, version: published.version, lane: published.lane, rows: rowCount });
  return { call, rowCount, published };
};

const runAndCharge = async (ports: InferPorts, request: InferRequest) => {
  const { billing, clock } = ports;
  const { caller } = request;
  const prepared = await prepareCall(ports, request, request.params.version);
  const { published, rowCount } = prepared;
  const { ownerAccountId, price } = published;
  const inferenceId = ports.newInferenceId(clock());
  const amountMicros = billing.quote({ accountId: caller.accountId, ownerAccountId, price, rowCount });

  const answer = await runBeside(ports, request, prepared, () =>
    billing.prepare({ accountId: caller.accountId, inferenceId, amountMicros }),
  );
  if (clock() - request.arrivedMs > LAST_COMMIT_MS) throw tookTooLong();

  const chargedAt = clock();
  const record = await billing.charge({
    inferenceId,
    accountId: caller.accountId,
    keyId: caller.keyId,
    userId: caller.userId,
    model: published.model,
    version: published.version,
    ownerAccountId,
    price,
    rowCount,
    lane: published.lane,
    idempotency: request.idempotency,
  });
  note(request.figures, { chargeMs: clock() - chargedAt });
  // A call with the same key was charged while this one ran; its version is the one to answer with.
  if (record.replayed && record.version !== published.version) return repeat(ports, request, record);
  return toAnswer(answer, record);
};

/** The same version again, free: outputs are not stored. */
const repeat = async (ports: InferPorts, request: InferRequest, record: ChargeRecord) => {
  const prepared = await prepareCall(ports, request, record.version);
  const answer = await runBeside(ports, request, prepared, async () => {});
  return toAnswer(answer, { ...record, replayed: true });
};

/** Runs and encodes while `beside` goes on; when that refuses, the run is given up. */
const runBeside = async (
  { runner, clock }: InferPorts,
  { arrivedMs, figures }: InferRequest,
  { call, rowCount, published }: PreparedCall,
  beside: () => Promise<void>,
): Promise<EncodedAnswer> => {
  const given = new AbortController();
  const timer = setTimeout(() => given.abort(tookTooLong()), Math.max(0, LAST_COMMIT_MS - (clock() - arrivedMs)));
  try {
    const { artifact, lane } = published;
    const outputs = call.outputs.map(({ name }) => name);
    const running = runner.run({ lane, artifact, inputs: call.inputs, outputs }, given.signal);
    // Awaited below; until then its failure must not pass for an unhandled one.
    running.catch(() => {});
    await beside();
    const outcome = await running;
    if (outcome.ok) note(figures, { loadMs: round(outcome.loadMs), runMs: round(outcome.runMs) });
    return encodeInferAnswer(
      { model: published.model, version: published.version, id: call.id, requested: call.outputs, rowCount },
      outputsOf(outcome, rowCount),
    );
  } catch (fault) {
    given.abort(fault);
    throw fault;
  } finally {
    clearTimeout(timer);
  }
};

const outputsOf = (outcome: RunOutcome, rowCount: number): readonly Tensor[] => {
  if (outcome.ok) return outcome.outputs;
  switch (outcome.fault) {
    case 'model_failed':
      throw new DomainError('invalid', 'model_failed', outcome.message);
    case 'model_timeout':
      throw new DomainError('invalid', 'model_timeout', outcome.message);
    case 'output_too_large':
      throw outputTooLarge(outcome.bytes, rowCount);
    case 'input_too_large':
      throw new DomainError(
        'too_large',
        'body_too_large',
        `the inputs must be at most ${MESSAGE_LIMIT_BYTES} bytes as base64, got ${outcome.bytes}: send ${rowCount > 1 ? `at most about ${Math.floor((rowCount * MESSAGE_LIMIT_BYTES) / outcome.bytes)} rows a call` : 'smaller ones'}`,
      );
  }
};

const tookTooLong = () =>
  new DomainError(
    'invalid',
    'model_timeout',
    `the answer must be ready within ${LAST_COMMIT_MS / 1000} s of the request's arrival, and was not; nothing was charged`,
  );

const toAnswer = (answer: EncodedAnswer, record: ChargeRecord) => ({
  status: 200 as const,
  body: answer.body,
  headers: {
    ...answer.headers,
    'x-request-id': record.inferenceId,
    'x-aimass-price-micros': formatMicros(record.amountMicros),
    'x-aimass-version': record.version,
    ...(record.replayed ? { 'x-aimass-replayed': 'true' } : {}),
  },
});

const note = (figures: InferRequest['figures'], more: Readonly<Record<string, string | number>>) => {
  if (figures) Object.assign(figures, more);
};

const round = (ms: number) => Math.round(ms * 100) / 100;
