// All hand-made attacks, a few uploads at once; calls one after the other, so that each balance tells of one call. The
// good model beside must answer all the while.
import { linesOf } from '../../support/cloud-logs.ts';
import type { Attack } from '../attack.ts';
import { leakedBytes } from '../canaries.ts';
import { startHostilePlace } from './place.ts';
import { type Tried, tryAttack } from './try-attack.ts';

export interface ApiReport {
  readonly tried: readonly Tried[];
  /** Answers of the good model beside. */
  readonly goodCount: number;
  readonly goodFaults: number;
  /** Of the functions' logs. */
  readonly logLeaks: number;
  /** Faults that the functions logged as ours. */
  readonly ownFaults: readonly string[];
}

const UPLOADS_AT_ONCE = 3;
const watched = ['inference-infer', 'inference-run-2gib', 'inference-smoke', 'registry-scan', 'registry-api'] as const;

export const runAttacks = async (attacks: readonly Attack[], onTried: (tried: Tried) => void): Promise<ApiReport> => {
  const place = await startHostilePlace();
  try {
    const tried: Tried[] = [];
    let [goodCount, goodFaults, ended] = [0, 0, false];
    const watch = (async () => {
      while (!ended) {
        if (await place.goodModelAnswers()) goodCount++;
        else goodFaults++;
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    })();
    const finish = (one: Tried) => {
      tried.push(one);
      onTried(one);
    };
    const refused = attacks.filter(({ rules }) => rules !== undefined).values();
    const workers = Array.from({ length: UPLOADS_AT_ONCE }, async () => {
      for (const attack of refused) finish(await tryAttack(place, attack));
    });
    await Promise.all(workers);
    for (const attack of attacks) if (!attack.rules) finish(await tryAttack(place, attack));
    ended = true;
    await watch;
    const lines = (await Promise.all(watched.map((name) => linesOf(place.cloud, name)))).flat();
    return {
      tried,
      goodCount,
      goodFaults,
      logLeaks: lines.reduce((sum, line) => sum + leakedBytes(JSON.stringify(line)), 0),
      ownFaults: lines.filter(({ level }) => level === 'fault').map((line) => `${line.name}: ${line.message}`),
    };
  } finally {
    await place.stop();
  }
};
