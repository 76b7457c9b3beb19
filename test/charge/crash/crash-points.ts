// Kills the environment of a call at every one of its awaits, one after the other, has the client ask again, and looks
// whether money and answers still agree. The awaits are found by running the call once, so a new one is covered as it is.
import { DomainError } from '../../../lambdas/shared/kernel/errors.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { type CrashPoint, createCrashGate } from '../crash-gate.ts';
import type { Truth } from '../truth.ts';
import { type Answer, type InferPlace, models, OUTPUTS } from './infer-place.ts';
import type { Scenario } from './scenarios.ts';

const FUNDS = 1_000_000n;
/** Points of one scenario that are tried at a time, each with an account of its own. */
const PARALLEL = 4;

export interface PointResult {
  readonly point: CrashPoint;
  /** What is wrong; undefined when all holds. */
  readonly found: string | undefined;
}

interface Died {
  readonly point: CrashPoint;
  readonly accountId: string;
  readonly key: string | undefined;
  readonly faults: string[];
  /** What the environment did before it died. */
  readonly passed: readonly CrashPoint[];
  /** What the client was told of compute fees when it asked again. */
  readonly fees: readonly ToldFee[];
}

/** @returns one result a point, in the order in which the call reaches them */
export const crashEverywhere = async (place: InferPlace, scenario: Scenario): Promise<PointResult[]> => {
  const points = await pointsOf(place, scenario);
  const queue = [...points];
  const died: Died[] = [];
  const work = async () => {
    for (let point = queue.shift(); point !== undefined; point = queue.shift()) {
      died.push(await crashAt(place, scenario, point));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  // Late answers of dead environments have nothing to do any more: what the table says now stays.
  const truth = await place.truth();
  return points.map((point) => {
    const one = died.find((result) => result.point === point);
    const find = scenario.timesOut ? faultsInTimedOut : faultsIn;
    const faults = one ? [...one.faults, ...find(truth, scenario, one)] : ['it was not tried'];
    return { point, found: faults.length === 0 ? undefined : faults.join('; ') };
  });
};

/** Every await of the call. @throws Error when a request went past the gate, or the call was not answered */
const pointsOf = async (place: InferPlace, scenario: Scenario): Promise<CrashPoint[]> => {
  const gate = createCrashGate();
  const { proxy, answering } = await begin(place, scenario, gate);
  if (scenario.timesOut) await feeOf(answering.answer);
  else checkAnswer(await answering.answer);
  await answering.close();
  const known = new Set(gate.points);
  const requests = gate.points.filter((point) => /^before [A-Z]/.test(point)).length;
  if (requests !== proxy.passages.length) {
    throw new Error(`${proxy.passages.length} requests were sent, ${requests} of them past the gate`);
  }
  // What has no end waited for nothing: it cannot be crashed in.
  return gate.points.filter((point) => known.has(point.replace(/^before/, 'after')));
};

const begin = async (place: InferPlace, scenario: Scenario, gate: ReturnType<typeof createCrashGate>) => {
  const proxy = new FaultProxy({
    target: place.emulator.endpoint,
    seed: 0,
    rates: {},
    ...(scenario.fault ? { script: scenario.fault } : {}),
  });
  const endpoint = await proxy.start();
  const accountId = await place.newAccount(scenario.model === 'free' ? 0n : FUNDS);
  const call = { accountId, model: scenario.model, key: scenario.keyed ? 'key-1' : undefined };
  const elsewhere = () => answerAnew(place, scenario, call).then(() => {});
  await scenario.prepare?.(place, accountId);
  if (scenario.answeredBefore) await elsewhere();
  const environment = place.environment({
    dying: { endpoint, gate },
    ...(scenario.clock ? { clock: scenario.clock(gate) } : {}),
    ...(scenario.timesOut ? { timesOut: true } : {}),
    ...(scenario.answeredMeanwhile ? { meanwhile: elsewhere } : {}),
  });
  const close = async () => {
    await proxy.quiet();
    await proxy.stop();
    environment.close();
  };
  return { call, proxy, answering: { answer: environment.answer(call), close } };
};

/** The same call, in a new environment that lives. */
const answerAnew = (
  place: InferPlace,
  { timesOut = false }: Scenario,
  call: Parameters<ReturnType<InferPlace['environment']>['answer']>[0],
): Promise<Answer> => place.environment({ timesOut }).answer(call);

const crashAt = async (place: InferPlace, scenario: Scenario, point: CrashPoint): Promise<Died> => {
  const gate = createCrashGate((reached) => reached === point);
  const { call, answering } = await begin(place, scenario, gate);
  const faults: string[] = [];
  const came = await Promise.race([gate.died, answering.answer.then(() => 'answered', String)]);
  if (came !== undefined) faults.push(`it did not die there, it was ${came}`);
  await answering.close();
  faults.push(...(chargedBeforeComputed(gate.points) ? ['it was charged before it was computed'] : []));
  const fees: ToldFee[] = [];
  if (scenario.timesOut) {
    // Each of them runs again, and pays again.
    for (let repeat = 0; repeat < 2; repeat++) {
      await feeOf(answerAnew(place, scenario, call)).then(
        (fee) => fees.push(fee),
        (fault: unknown) => faults.push(`a repeat ${fault}`),
      );
    }
  } else if (call.key !== undefined) {
    for (const which of ['first', 'second']) {
      const fault = await answerAnew(place, scenario, call).then((answer) => {
        checkAnswer(answer);
        return which === 'second' && answer.headers['x-aimass-replayed'] !== 'true' ? 'was not free' : undefined;
      }, String);
      if (fault !== undefined) faults.push(`the ${which} repeat ${fault}`);
    }
  }
  return { point, accountId: call.accountId, key: call.key, faults, passed: gate.points, fees };
};

/** Whether the charge was on its way before the model had run. */
const chargedBeforeComputed = (points: readonly CrashPoint[]): boolean => {
  const charge = points.findIndex((point) => point.startsWith('before billing.charge'));
  const computed = points.indexOf('after runner.run 1');
  return charge >= 0 && (computed < 0 || computed > charge);
};

/** @throws Error when it is not what the model computes */
const checkAnswer = ({ body, status }: Answer): void => {
  const { outputs } = JSON.parse(typeof body === 'string' ? body : new TextDecoder().decode(body));
  const data: unknown = outputs?.[0]?.data;
  if (status !== 200 || JSON.stringify(data) !== JSON.stringify(OUTPUTS)) {
    throw new Error(`was answered ${status} with ${JSON.stringify(data)}`);
  }
};

/** One account's events, balance and keys once its client has asked again. */
const faultsIn = (truth: Truth, { model, keyed }: Scenario, { accountId }: Died): string[] => {
  const price = models[model].amountMicros;
  const events = truth.events.filter((event) => event.accountId === accountId);
  const keys = truth.keys.filter((key) => key.accountId === accountId);
  const opening = model === 'free' ? 0n : FUNDS;
  const fallen = opening - (truth.balances.get(accountId)?.at(-1) ?? opening);
  const faults: string[] = [];
  if (keyed ? events.length !== 1 : events.length > 1) faults.push(`it has ${events.length} events`);
  if (fallen !== price * BigInt(events.length))
    faults.push(`its balance fell by ${fallen} for ${events.length} events`);
  if (keyed && keys[0]?.inferenceId !== events[0]?.inferenceId) faults.push('its key names another event');
  if (events.some(({ amountMicros }) => amountMicros !== price)) faults.push(`an event is not over ${price}`);
  return faults;
};

/** What the answer to a call whose run took too long says. */
interface ToldFee {
  readonly inferenceId: string | undefined;
  readonly micros: string | undefined;
}

/** @throws Error when it was answered, or refused for anything else, or without a fee */
const feeOf = async (answer: Promise<Answer>): Promise<ToldFee> => {
  const fault = await answer.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(fault instanceof DomainError && fault.code === 'model_timeout')) throw new Error(`was answered with ${fault}`);
  const { 'x-request-id': inferenceId, 'x-aimass-price-micros': micros } = fault.extras.headers ?? {};
  if (inferenceId === undefined) throw new Error(`was free: ${fault.message}`);
  return { inferenceId, micros };
};

/** One account's events and balance once its client has asked twice again: a fee for each run that was told, or begun to be. */
const faultsInTimedOut = (truth: Truth, _: Scenario, { accountId, passed, fees }: Died): string[] => {
  const events = truth.events.filter((event) => event.accountId === accountId);
  const told = (inferenceId: string) => fees.find((fee) => fee.inferenceId === inferenceId);
  const fallen = FUNDS - (truth.balances.get(accountId)?.at(-1) ?? FUNDS);
  const total = events.reduce((sum, { amountMicros }) => sum + amountMicros, 0n);
  const untold = events.filter(({ inferenceId }) => !told(inferenceId)).length;
  const committed = passed.includes('after TransactWriteItems 1') ? 1 : 0;
  const faults: string[] = [];
  if (events.length - untold !== fees.length)
    faults.push(`of ${fees.length} fees told, ${events.length - untold} have an event`);
  if (untold !== committed) faults.push(`${untold} events of the run that died, ${committed} committed`);
  if (fallen !== total) faults.push(`its balance fell by ${fallen} for events of ${total}`);
  if (truth.keys.some((key) => key.accountId === accountId)) faults.push('its key is used up');
  for (const { inferenceId, amountMicros, outcome, rowCount } of events) {
    if (outcome !== 'timed_out' || rowCount !== 0) faults.push(`${inferenceId} passes for an answered call`);
    const { micros = String(amountMicros) } = told(inferenceId) ?? {};
    if (amountMicros < 1n || String(amountMicros) !== micros)
      faults.push(`${inferenceId} is over ${amountMicros}, told ${micros}`);
  }
  return faults;
};
