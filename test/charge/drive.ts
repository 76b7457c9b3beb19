// Drives a plan: 48 callers at once, grants and summing meanwhile, the clock jumping, environments dying. Then the
// network heals, and whoever has a key and no answer asks again.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Billing, ChargeRecord } from '../../lambdas/billing/contract.ts';
import { grantFunds } from '../../lambdas/billing/domain/grant-funds.ts';
import { newId } from '../../lambdas/shared/platform/new-id.ts';
import { fraction } from '../support/faults.ts';
import { inferenceIdAt } from '../unit/billing/charge-request.ts';
import type { Algorithm } from './algorithm.ts';
import { createCrashGate } from './crash-gate.ts';
import { type Attempt, type Came, cameOf, describe, type Journal, passes } from './journal.ts';
import { ENVIRONMENT_COUNT, type Plan, type PlannedCall } from './plan.ts';
import { readTruth } from './truth.ts';
import { grantOf, type World } from './world.ts';

export const CALLER_COUNT = 48;
/** How often a caller with a key asks again while the network is bad. */
const REPEATS = 3;
const GRANT_TRIES = 8;
const SUMMING_PAUSE_MS = 40;
/** Clocks of environments differ by seconds; those that lag are so late that they meet sealed minutes. */
const SKEW_MS = 4_000;
const LAG_MS = 170_000;
/** A day's last hour and minute have to be over, too. */
const AFTERWARDS_MS = 27 * 3_600_000;

interface Driving {
  readonly world: World;
  readonly plan: Plan;
  readonly algorithm: Algorithm;
  readonly journal: Journal;
}

/** @returns what the callers saw, and how many periods were summed before they had ended */
export const drive = async (
  driving: Omit<Driving, 'journal'>,
): Promise<{ journal: Journal; closedMeanwhile: number }> => {
  const journal: Journal = { attempts: [], grants: [], broken: [], crashCount: 0, jumpCount: 0 };
  const all = { ...driving, journal };
  const { world, algorithm } = driving;
  const over = new AbortController();
  const summing = [0, 1].map((worker) => sumMeanwhile(all, worker, over.signal));
  await callAll(all);
  over.abort();
  await Promise.all(summing);
  world.proxy.enabled = false;
  await world.proxy.quiet();
  const { closedCount: closedMeanwhile } = await readTruth(world.surroundings());
  await settle(all);
  world.clock.skip(AFTERWARDS_MS);
  const sumRest = algorithm.summing(world.calm);
  while (!(await sumRest())) await sleep(SUMMING_PAUSE_MS);
  return { journal, closedMeanwhile };
};

const callAll = async (driving: Driving): Promise<void> => {
  const { world, plan, algorithm, journal } = driving;
  const billingAt = (skewMs: number) => algorithm.billing(world.surroundings({ skewMs }));
  const environments = Array.from({ length: ENVIRONMENT_COUNT }, (_, index) =>
    billingAt(Math.round((fraction(plan.seed, 'skew', index) * 2 - 1) * SKEW_MS)),
  );
  const late = [billingAt(-LAG_MS), billingAt(-LAG_MS)];
  const choose = (call: PlannedCall, repeat: number): Billing => {
    const from = call.lagging ? late : environments;
    return from[(call.environment + repeat) % from.length] as Billing;
  };
  const grants = [...plan.grants];
  const jumps = [...plan.jumps];
  const granting: Promise<void>[] = [];
  let doneCount = 0;
  const goOn = () => {
    doneCount++;
    while (grants[0] && grants[0].afterCalls <= doneCount) granting.push(grantOnce(driving, grants.shift()));
    if (jumps[0] !== undefined && jumps[0] <= doneCount && world.clock.tryJump()) {
      journal.jumpCount++;
      jumps.shift();
    }
    if (jumps.length === 0) world.clock.release();
  };
  const queue = [...plan.calls];
  const caller = async () => {
    for (let call = queue.shift(); call; call = queue.shift()) {
      await callUntilAnswered(driving, call, choose);
      goOn();
    }
    // Nobody is left to bring the next jump about.
    world.clock.release();
  };
  await Promise.all(Array.from({ length: CALLER_COUNT }, caller));
  await Promise.all(granting);
};

/** One call as its client makes it: with a key it asks again, elsewhere, until it is answered or refused. */
const callUntilAnswered = async (
  driving: Driving,
  call: PlannedCall,
  choose: (call: PlannedCall, repeat: number) => Billing,
): Promise<void> => {
  for (let repeat = 0; repeat <= REPEATS; repeat++) {
    const dies = repeat === 0 ? call.crashesAt : undefined;
    const came =
      dies === undefined ? await attempt(driving, call, choose(call, repeat)) : await crash(driving, call, dies);
    if (came.as === 'answered' || came.as === 'refused' || call.key === undefined) return;
  }
};

/** In an environment of its own that dies at its so-many-th await, if it gets that far. */
const crash = async (driving: Driving, call: PlannedCall, crashesAt: number): Promise<Came> => {
  const gate = createCrashGate((_, ordinal) => ordinal === crashesAt);
  const billing = driving.algorithm.billing(driving.world.surroundings({ gate }));
  return attempt(driving, call, billing, gate.died);
};

const attempt = async (
  { world, journal }: Driving,
  call: PlannedCall,
  billing: Billing,
  died?: Promise<void>,
): Promise<Came> => {
  const accountId = world.accounts[call.account];
  const from = await world.revisionOf(accountId);
  const ended = world.clock.begin();
  const nowMs = world.clock.now() - (call.lagging ? LAG_MS : 0);
  const userId = newId('usr', nowMs);
  const answer = answerOnce(world, { call, billing, userId, nowMs }).then(
    (record): Came => ({ as: 'answered', record }),
    cameOf,
  );
  const death = died?.then((): Came => ({ as: 'unknown', why: 'the environment died' }));
  const came = await (death ? Promise.race([answer, death]) : answer);
  ended();
  if (came.as === 'unknown' && came.why === 'the environment died') journal.crashCount++;
  const revisions = { from, to: await world.revisionOf(accountId) };
  journal.attempts.push({ call, accountId, userId, came, revisions, settling: false });
  return came;
};

/** The steps of `infer`, in its order: look for a repeat, prepare, run, charge. */
const answerOnce = async (
  world: World,
  { call, billing, userId, nowMs }: { call: PlannedCall; billing: Billing; userId: string; nowMs: number },
): Promise<ChargeRecord> => {
  const inferenceId = inferenceIdAt(nowMs);
  const accountId = world.accounts[call.account];
  const { model, rowCount, key, requestSha256 } = call;
  const idempotency = key === undefined ? undefined : { key, requestSha256 };
  const repeat = idempotency && (await billing.findReplay({ accountId, idempotency, nowMs }));
  if (repeat) return repeat;
  const ownerAccountId = world.accounts[model.owner];
  const amountMicros = billing.quote({ accountId, ownerAccountId, price: model.price, rowCount });
  const compute = { memoryMiB: 2048, ms: 5 };
  await billing.prepare({ accountId, inferenceId, amountMicros, longestRun: compute });
  if (call.slow) await world.clock.nextJump();
  return billing.charge({
    inferenceId,
    accountId,
    ownerAccountId,
    keyId: call.keyId,
    userId,
    model: model.name,
    version: '1.0.0',
    price: model.price,
    rowCount,
    lane: 'run-2gib',
    compute,
    idempotency,
  });
};

/** As an operator's tool does it: the same key until it is answered. */
const grantOnce = async (driving: Driving, grant: Plan['grants'][number] | undefined): Promise<void> => {
  if (!grant) return;
  const { world, journal } = driving;
  const ledger = world.ledgerOf(world.surroundings());
  const accountId = world.accounts[grant.account];
  const claim = { by: 'acc_operator', key: grant.key, requestSha256: 'c'.repeat(64) };
  for (let tryCount = 1; tryCount <= GRANT_TRIES; tryCount++) {
    try {
      const granting = { ledger, clock: world.clock.now, newEntryId: (nowMs: number) => newId('txn', nowMs) };
      const entry = grantOf(accountId, grant.amountMicros, grant.key, world.clock.now());
      const { id } = await grantFunds(granting, entry, claim);
      journal.grants.push({ grant, accountId, entryId: id });
      return;
    } catch (fault) {
      if (!passes(fault)) journal.broken.push(`grant: ${describe(fault)}`);
    }
  }
  journal.grants.push({ grant, accountId, entryId: undefined });
};

/** Two of them overlap, as runs of a schedule may; the second dies again and again, and begins anew. */
const sumMeanwhile = async (
  { world, plan, algorithm, journal }: Driving,
  worker: number,
  over: AbortSignal,
): Promise<void> => {
  for (let life = 0; !over.aborted; life++) {
    const diesAt = Math.floor(fraction(plan.seed, 'summing', life) * 60);
    const gate = createCrashGate((_, ordinal) => worker === 1 && ordinal === diesAt);
    const sum = algorithm.summing(world.surroundings({ gate }));
    while (!over.aborted && !gate.isDead()) {
      const failed = sum().then(
        () => undefined,
        (fault: unknown) => fault,
      );
      const fault = await Promise.race([failed, gate.died]);
      if (fault !== undefined && !passes(fault)) journal.broken.push(`summing: ${describe(fault)}`);
      await sleep(SUMMING_PAUSE_MS);
    }
  }
};

/** Whoever holds a key and has no answer repeats the call, now that the network is good: it must be free if charged. */
const settle = async ({ world, algorithm, journal }: Driving): Promise<void> => {
  const last = new Map<number, Attempt>();
  for (const one of journal.attempts) last.set(one.call.index, one);
  const billing = algorithm.billing(world.calm);
  for (const { call, accountId, came } of last.values()) {
    if (call.key === undefined || came.as === 'answered' || came.as === 'refused') continue;
    const nowMs = world.clock.now();
    const userId = newId('usr', nowMs);
    const from = await world.revisionOf(accountId);
    const settled = await answerOnce(world, { call: { ...call, slow: false }, billing, userId, nowMs }).then(
      (record): Came => ({ as: 'answered', record }),
      cameOf,
    );
    const revisions = { from, to: await world.revisionOf(accountId) };
    journal.attempts.push({ call, accountId, userId, came: settled, revisions, settling: true });
  }
};
