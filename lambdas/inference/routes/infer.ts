/**
 * POST /v2/models/{model}[/versions/{version}]/infer — the main job: read, run, encode, charge, answer. In that order:
 * no answer leaves without its charge recorded, and no price is charged that is not computed and encoded.
 */
import type { Billing, ChargeRecord, ChargeRequest, ModelPrice } from '../../billing/contract.ts';
import type { PublishedModels, PublishedVersion } from '../../registry/contract.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import { formatMicros } from '../../shared/kernel/money.ts';
import type { Caller } from '../../shared/platform/caller.ts';
import type { RouteRequest } from '../../shared/platform/route.ts';
import { type inferenceRoutes, TYPESCRIPT_LANE } from '../contract.ts';
import { type AnswerCoding, chooseCoding } from '../domain/answer-coding.ts';
import { computeOf } from '../domain/compute-of.ts';
import { decodeBody } from '../domain/content-coding.ts';
import { deprecationHeaders } from '../domain/deprecation-headers.ts';
import { flatProduct } from '../domain/flat-product.ts';
import { type EncodedAnswer, encodeInferAnswer, outputTooLarge } from '../domain/infer-answer.ts';
import { type InferCall, parseInferRequest, rowCountOf } from '../domain/infer-request.ts';
import { MESSAGE_LIMIT_BYTES } from '../domain/run-message.ts';
import type { Tensor } from '../domain/tensor.ts';
import type { ModelRunner, NoteFailure, RunOutcome } from '../ports.ts';
import { chargeTimeout } from './charge-timeout.ts';
import { stickyCaller } from './model-request.ts';
import { resolveModel } from './resolve-model.ts';

export interface InferPorts {
  readonly models: PublishedModels;
  readonly billing: Billing;
  readonly runner: ModelRunner;
  /** @default nobody */
  readonly noteFailure?: NoteFailure;
  /** For a key that is bound to models. @throws DomainError permission_denied */
  readonly requireModel: (caller: Caller, model: string) => void;
  readonly clock: Clock;
  /** Milliseconds from anywhere, for the call's figures. @default the clock */
  readonly stopwatch?: () => number;
  /** Memory of the function that this runs in: what a run in it is counted by. */
  readonly ownMemoryMiB: number;
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

/** From arrival: a run that has no answer by then is given up, in time for the charge of its compute fee to begin. */
export const LAST_RUN_MS = LAST_COMMIT_MS - 500;

/** One call, read and checked against the version it is for. */
interface PreparedCall {
  readonly call: InferCall;
  readonly rowCount: number;
  readonly published: PublishedVersion;
  readonly coding: AnswerCoding;
}

export const infer = (ports: InferPorts) => async (request: InferRequest) => {
  const { caller, idempotency, nowMs, params } = request;
  ports.requireModel(caller, params.model);
  const record = idempotency && (await ports.billing.findReplay({ accountId: caller.accountId, idempotency, nowMs }));
  return record ? repeat(ports, request, record) : runAndCharge(ports, request);
};

const prepareCall = async (
  { models, clock, stopwatch = clock }: InferPorts,
  request: InferRequest,
  reference: string | undefined,
): Promise<PreparedCall> => {
  const { params, caller, headers, body, figures } = request;
  const published = await resolveModel(models, {
    model: params.model,
    reference,
    accountId: caller.accountId,
    caller: stickyCaller(request),
    toUse: true,
  });
  note(figures, { model: published.model, version: published.version, lane: laneOf(published, 1) });
  const beganMs = stopwatch();
  const coding = chooseCoding(headers['accept-encoding']);
  const headerLength = headers['inference-header-content-length'];
  const call = parseInferRequest(
    decodeBody(body, headers['content-encoding']),
    headerLength === undefined ? undefined : Number(headerLength),
    published.signature,
  );
  const rowCount = rowCountOf(published.signature, call.inputs);
  note(figures, { rows: rowCount, lane: laneOf(published, rowCount), parseMs: round(stopwatch() - beganMs) });
  return { call, rowCount, published, coding };
};

/** Where it will run, as far as is known before. */
const laneOf = ({ lane, products }: PublishedVersion, rowCount: number): string =>
  flatProduct(products, rowCount) ? TYPESCRIPT_LANE : lane;

const runAndCharge = async (ports: InferPorts, request: InferRequest) => {
  const { billing, clock, stopwatch = clock } = ports;
  const { caller, headers } = request;
  const prepared = await prepareCall(ports, request, request.params.version);
  const { published, rowCount } = prepared;
  const { ownerAccountId, price } = published;
  const inferenceId = ports.newInferenceId(clock());
  const quote = (of: ModelPrice) => billing.quote({ accountId: caller.accountId, ownerAccountId, price: of, rowCount });
  const amountMicros = quote(price);
  const mostMicros = headers['x-aimass-max-price-micros'];
  const isAbove = (micros: bigint) => mostMicros !== undefined && micros > BigInt(mostMicros);
  if (isAbove(amountMicros)) throw priceAboveLimit(amountMicros, mostMicros);
  const { quota: included, entitlement } = subscriptionOf(published);
  const dearerMicros = included?.beyond && quote(included.beyond);
  // Where it would cost too much beyond the quota, it is made within it or not at all, whoever uses it up meanwhile.
  const isBounded = dearerMicros !== undefined && isAbove(dearerMicros);
  const quota = included && isBounded ? { ...included, beyond: undefined } : included;
  const beyondMicros = isBounded ? undefined : dearerMicros;
  const mayCommit = () => clock() - request.arrivedMs <= LAST_COMMIT_MS;
  const compute = (ms: number, lane: string = published.lane) => computeOf(lane, ports.ownMemoryMiB, ms);
  const call = {
    inferenceId,
    accountId: caller.accountId,
    keyId: caller.keyId,
    userId: caller.userId,
    model: published.model,
    version: published.version,
    ownerAccountId,
    price,
    entitlement,
    lane: published.lane,
  };

  const beganMs = stopwatch();
  const { answer, lane, runMs } = await runBeside(ports, request, prepared, () =>
    billing.prepare({
      accountId: caller.accountId,
      inferenceId,
      amountMicros,
      longestRun: compute(LAST_RUN_MS),
      model: published.model,
      quota,
      beyondMicros,
    }),
  ).catch(async (fault: unknown) => {
    const timedOut = { ...call, compute: compute(Math.min(stopwatch() - beganMs, LAST_RUN_MS)) };
    throw await chargeTimeout(billing, { call: timedOut, fault, mayCommit });
  });
  if (!mayCommit()) throw tookTooLong('; nothing was charged');

  const chargeBeganMs = stopwatch();
  const record = await billing.charge({
    ...call,
    quota,
    lane,
    rowCount,
    compute: compute(runMs, lane),
    idempotency: request.idempotency,
  });
  note(request.figures, { chargeMs: round(stopwatch() - chargeBeganMs) });
  // A call with the same key was charged while this one ran; its version is the one to answer with.
  if (record.replayed && record.version !== published.version) return repeat(ports, request, record);
  return toAnswer(answer, record, published);
};

const priceAboveLimit = (micros: bigint, mostMicros: string | undefined) =>
  new DomainError(
    'payment_required',
    'price_above_limit',
    `'x-aimass-max-price-micros' is ${mostMicros}, and the call costs ${formatMicros(micros)} micros: nothing was run or charged`,
  );

/** What billing is told of the subscription that a call is made on. */
const subscriptionOf = ({ entitlement: by }: PublishedVersion): Pick<ChargeRequest, 'quota' | 'entitlement'> => {
  const { subscriptionId, offerId, offerVersion, quota } = by ?? {};
  if (subscriptionId === undefined || offerId === undefined || offerVersion === undefined) return {};
  return { quota, entitlement: { subscriptionId, offerId, offerVersion } };
};

/** The same version again, free: outputs are not stored. */
const repeat = async (ports: InferPorts, request: InferRequest, record: ChargeRecord) => {
  const prepared = await prepareCall(ports, request, record.version);
  const { answer } = await runBeside(ports, request, prepared, async () => {});
  return toAnswer(answer, { ...record, replayed: true }, prepared.published);
};

/** Runs and encodes while `beside` goes on; when that refuses, the run is given up. */
const runBeside = async (
  { runner, noteFailure, clock, stopwatch = clock }: InferPorts,
  { arrivedMs, nowMs, figures }: InferRequest,
  { call, rowCount, published, coding }: PreparedCall,
  beside: () => Promise<void>,
): Promise<{ readonly answer: EncodedAnswer; readonly lane: string; readonly runMs: number }> => {
  const given = new AbortController();
  const timer = setTimeout(() => given.abort(tookTooLong()), Math.max(0, LAST_RUN_MS - (clock() - arrivedMs)));
  try {
    const { artifact, products, model, version } = published;
    const outputs = call.outputs.map(({ name }) => name);
    // First, so that its requests are on their way while a model runs on this very thread.
    const allowed = beside();
    const sentMs = stopwatch();
    const running = runner
      .run({ lane: published.lane, artifact, products, rowCount, inputs: call.inputs, outputs }, given.signal)
      .then((outcome) => ({ outcome: within(outcome, stopwatch() - sentMs), laneMs: stopwatch() - sentMs }));
    // Awaited below; until then its failure must not pass for an unhandled one.
    running.catch(() => {});
    await allowed;
    const { outcome, laneMs } = await running;
    const { lane = published.lane } = outcome;
    note(figures, { lane });
    if (!outcome.ok) await noteFailure?.({ published, inputs: call.inputs, outcome });
    if (outcome.ok) {
      const { loadMs, runMs } = outcome;
      // What neither the run nor anything of ours took: the gateway, the way to the lane and back, loading.
      const queueMs = Math.max(0, nowMs - arrivedMs + laneMs - runMs);
      note(figures, { loadMs: round(loadMs), runMs: round(runMs), queueMs: round(queueMs) });
    }
    const encodeBeganMs = stopwatch();
    const answer = encodeInferAnswer(
      { model, version, id: call.id, requested: call.outputs, rowCount, coding },
      outputsOf(outcome, rowCount),
    );
    note(figures, { encodeMs: round(stopwatch() - encodeBeganMs) });
    return { answer, lane, runMs: outcome.ok ? outcome.runMs : 0 };
  } catch (fault) {
    given.abort(fault);
    throw fault;
  } finally {
    clearTimeout(timer);
  }
};

/** Whoever ran the model tells how long it took, and is charged by: it cannot have taken longer than was waited for it. */
const within = (outcome: RunOutcome, laneMs: number): RunOutcome =>
  outcome.ok ? { ...outcome, runMs: Math.min(outcome.runMs, laneMs) } : outcome;

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

/** @param more - what is told beside */
const tookTooLong = (more = '') =>
  new DomainError(
    'invalid',
    'model_timeout',
    `the answer must be ready within ${LAST_COMMIT_MS / 1000} s of the request's arrival, and was not${more}`,
  );

const toAnswer = (answer: EncodedAnswer, record: ChargeRecord, published: PublishedVersion) => ({
  status: 200 as const,
  body: answer.body,
  headers: {
    ...answer.headers,
    ...deprecationHeaders(published),
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
