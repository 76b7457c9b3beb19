/**
 * What runs by the clock for the end of versions: retires those whose notice has come to its end, purges what is retired
 * after a while, ends the versions of withdrawn models once nobody who paid is left, and tells subscribers that what they
 * had has ended. Each step is one transaction over the revision it read, and takes away what it was due by: a run that
 * dies is gone on with by the next.
 */
import { isSunset } from '../domain/notice.ts';
import { PLATFORM } from '../ports/act.ts';
import type { DueItem, LifeStore, Subscribers } from '../ports/life.ts';
import type { Model, Version } from '../ports.ts';
import { type RetirePorts, retire } from './change-life.ts';
import { type PurgePorts, purgeVersion } from './purge-version.ts';

export interface EndLivesPorts extends Omit<RetirePorts, 'life'>, Omit<PurgePorts, 'life' | 'versions'> {
  readonly life: LifeStore;
  readonly subscribers: Subscribers;
  /** What is retired keeps its files for so long: calls that were under way end meanwhile. */
  readonly graceMs: number;
  readonly remainingMs: () => number;
  readonly onFault: (item: DueItem, fault: unknown) => void;
}

export interface EndLivesReport {
  readonly outcome: 'finished' | 'goes_on';
  readonly retiredCount: number;
  readonly purgedCount: number;
  readonly endedCount: number;
  readonly faultCount: number;
}

/** One purge may take so long. */
const ITEM_MS = 30_000;
/** No request lives so long: none that began while a subscription ran can end it when its end is being told. */
const TELL_AFTER_MS = 60_000;

export const endLives = (ports: EndLivesPorts) => async (): Promise<EndLivesReport> => {
  const counts = { retiredCount: 0, purgedCount: 0, endedCount: 0, faultCount: 0 };
  /** @returns false when there was no time for all of it */
  const run = async (item: DueItem): Promise<boolean> => {
    if (!hasTime(ports)) return false;
    try {
      const { retired = 0, purged = 0, ended = 0, goesOn = false } = await handle(ports, item);
      counts.retiredCount += retired;
      counts.purgedCount += purged;
      counts.endedCount += ended;
      return !goesOn;
    } catch (fault) {
      // One that fails holds up no other; the run as a whole fails at its end.
      counts.faultCount++;
      ports.onFault(item, fault);
      return true;
    }
  };
  const withdrawn: DueItem[] = [];
  for await (const item of allDue(ports)) {
    // One may take as long as there are subscribers: it waits until all else is done.
    if (item.kind === 'withdrawal') withdrawn.push(item);
    else if (!(await run(item))) return { outcome: 'goes_on', ...counts };
  }
  for (const item of withdrawn) if (!(await run(item))) return { outcome: 'goes_on', ...counts };
  return { outcome: 'finished', ...counts };
};

const hasTime = ({ remainingMs }: EndLivesPorts) => remainingMs() >= ITEM_MS;

async function* allDue({ life, clock }: EndLivesPorts): AsyncIterable<DueItem> {
  const untilMs = clock();
  let after: DueItem | undefined;
  for (;;) {
    const page = await life.due(untilMs, after);
    if (page.length === 0) return;
    yield* page;
    after = page.at(-1);
  }
}

interface Done {
  readonly retired?: number;
  readonly purged?: number;
  readonly ended?: number;
  /** There was no time for all of it. */
  readonly goesOn?: boolean;
}

const handle = async (ports: EndLivesPorts, item: DueItem): Promise<Done> => {
  switch (item.kind) {
    case 'sunset':
      return endNotice(ports, item);
    case 'purge': {
      if (ports.clock() < item.atMs + ports.graceMs) return {};
      return (await purgeVersion(ports, item.model, item.version ?? '')) ? { purged: 1 } : {};
    }
    case 'withdrawal':
      return endModel(ports, item);
    case 'subscription': {
      if (ports.clock() < item.atMs + TELL_AFTER_MS) return {};
      return (await ports.life.endSubscription(item, ports.clock())) ? { ended: 1 } : {};
    }
  }
};

const endNotice = async (ports: EndLivesPorts, { model, version = '' }: DueItem): Promise<Done> => {
  const nowMs = ports.clock();
  const { isNew } = await retire(ports, () => findBoth(ports, model, version), {
    rule: 'sunset',
    act: { by: PLATFORM, reason: 'its notice came to its end' },
    nowMs,
    isDue: (found) => found.state === 'deprecated' && isSunset(found, nowMs),
  });
  return isNew ? { retired: 1 } : {};
};

const findBoth = async ({ models, versions }: EndLivesPorts, model: string, version: string) => {
  const [foundModel, found] = await Promise.all([models.find(model), versions.find(model, version)]);
  if (!foundModel || !found) throw new Error(`a version that something is due of is gone: ${model} ${version}`);
  return { model: foundModel, version: found };
};

/** Those who paid go on until their period ends; what nobody ever could call goes at once. */
const endModel = async (ports: EndLivesPorts, item: DueItem): Promise<Done> => {
  const nowMs = ports.clock();
  const model = await ports.models.find(item.model);
  if (!model?.withdrawal) throw new Error(`a withdrawn model must be there: ${item.model}`);
  const { isDone, lastEndMs } = await ports.subscribers.windDown(item.model, { nowMs, hasTime: () => hasTime(ports) });
  if (!isDone) return { goesOn: true };
  let retired = 0;
  let isLeft = false;
  let isScanned = false;
  for await (const found of ports.life.versionsOf(item.model)) {
    if (found.state === 'scanning') isScanned = true;
    if (!isRetirable(found)) continue;
    if (lastEndMs !== undefined && found.state !== 'validated') {
      isLeft = true;
      continue;
    }
    const { isNew } = await retire(ports, () => findBoth(ports, item.model, found.version), {
      rule: 'withdrawal',
      act: { by: PLATFORM, reason: withdrawalReason(model) },
      nowMs,
      isDue: isRetirable,
    });
    if (isNew) retired++;
  }
  if (isScanned) return { retired };
  if (!isLeft) await ports.life.endWithdrawal(item);
  // Nobody subscribes any more: until the last has ended there is nothing to do.
  else if (lastEndMs !== undefined) await ports.life.postponeWithdrawal(item, lastEndMs);
  return { retired };
};

const withdrawalReason = ({ withdrawal }: Model) => `its model was deleted: ${withdrawal?.reason ?? ''}`;

const isRetirable = ({ state }: Version) => state === 'validated' || state === 'published' || state === 'deprecated';
