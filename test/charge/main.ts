// npm run test:charge: the charge under faults, killed at every await, and the algorithms that must be caught.
import { parseArgs } from 'node:util';
import { say, sayWhile } from '../../local/say.ts';
import { type Emulator, startEmulator } from '../support/emulator.ts';
import { allRejected } from './rejected/all-rejected.ts';
import type { SeedReport } from './run-seed.ts';
import { type Caught, crashCatches, tryCrashPoints, tryOurs, tryRejected, tryRejectedCrash } from './suite.ts';

const DEFAULT_SEED_COUNT = 3;

const usage = `npm run test:charge                   seeds 1 to ${DEFAULT_SEED_COUNT}, every crash point, every rejected algorithm
npm run test:charge -- --seeds 10     the same with seeds 1 to 10
npm run test:charge -- --seed 7       seed 7 alone, each check told

A seed decides what is called and what happens to the n-th request of each operation. Which request is the n-th
depends on how callers interleave, so a seed that failed may have to be run a few times.
`;

interface Tally {
  passed: number;
  failed: number;
}

const count = (tally: Tally, holds: boolean): void => {
  if (holds) tally.passed++;
  else tally.failed++;
};

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** @throws Error naming the option, what came and what is allowed */
const readArgs = (args: readonly string[]): { readonly seeds: readonly number[]; readonly alone: boolean } => {
  const { values } = parseArgs({ args: [...args], options: { seeds: { type: 'string' }, seed: { type: 'string' } } });
  const whole = (name: 'seeds' | 'seed', text: string): number => {
    if (!/^[1-9]\d{0,5}$/.test(text))
      throw new Error(`'--${name}' must be a whole number from 1 to 999999, got '${text}'`);
    return Number(text);
  };
  if (values.seed !== undefined) {
    if (values.seeds !== undefined) throw new Error(`'--seed' and '--seeds' must not be given together`);
    return { seeds: [whole('seed', values.seed)], alone: true };
  }
  const seedCount = values.seeds === undefined ? DEFAULT_SEED_COUNT : whole('seeds', values.seeds);
  return { seeds: Array.from({ length: seedCount }, (_, index) => index + 1), alone: false };
};

const tellSeed = ({ line, verdicts, run }: SeedReport, tally: Tally, all: boolean): void => {
  print(line);
  for (const { check, found } of verdicts) {
    count(tally, found === undefined);
    if (found !== undefined) print(`  ✗ ${check}: ${found}\n    again: npm run test:charge -- --seed ${run.plan.seed}`);
    else if (all) print(`  ✓ ${check}`);
  }
  if (!all && verdicts.every(({ found }) => found === undefined)) print(`  ✓ all ${verdicts.length} checks`);
};

const tellCaught = ({ line, caught }: Caught, tally: Tally): void => {
  count(tally, caught);
  print(`  ${caught ? '✓' : '✗'} ${line}`);
};

const runCrashPoints = async (emulator: Emulator, tally: Tally): Promise<void> => {
  let pointCount = 0;
  await tryCrashPoints(emulator, ({ name, results }) => {
    const wrong = results.filter(({ found }) => found !== undefined);
    pointCount += results.length;
    for (const { found } of results) count(tally, found === undefined);
    print(`  ${wrong.length === 0 ? '✓' : '✗'} ${name}: ${results.length} crash points, ${wrong.length} wrong`);
    for (const { point, found } of wrong) print(`      ${point}: ${found}`);
  });
  print(`  ${pointCount} crash points tried`);
};

const runAll = async (emulator: Emulator, { seeds, alone }: ReturnType<typeof readArgs>): Promise<Tally> => {
  const tally: Tally = { passed: 0, failed: 0 };
  for (const seed of seeds) {
    tellSeed(await sayWhile(`seed ${seed}: faults, crashes, 48 callers`, () => tryOurs(emulator, seed)), tally, alone);
  }
  if (alone) return tally;
  await sayWhile('a crash at every await, then the same call again', () => runCrashPoints(emulator, tally));
  say('the rejected algorithms, which must be caught');
  for (const algorithm of allRejected) {
    tellCaught(await sayWhile(`${algorithm.name}: ${algorithm.why}`, () => tryRejected(emulator, algorithm)), tally);
  }
  for (const algorithm of crashCatches) tellCaught(await tryRejectedCrash(emulator, algorithm), tally);
  return tally;
};

const main = async (args: readonly string[]): Promise<number> => {
  if (args.includes('--help')) {
    process.stdout.write(usage);
    return 0;
  }
  let chosen: ReturnType<typeof readArgs>;
  try {
    chosen = readArgs(args);
  } catch (fault) {
    process.stderr.write(`${fault instanceof Error ? fault.message : fault}\n${usage}`);
    return 2;
  }
  const emulator = await sayWhile('starting an emulator', startEmulator);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void emulator.stop().finally(() => process.exit(130)));
  }
  const { passed, failed } = await runAll(emulator, chosen).finally(emulator.stop);
  print(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
};

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (fault: unknown) => {
    process.stderr.write(`\n${fault instanceof Error ? fault.message : String(fault)}\n0 passed, 1 failed\n`);
    process.exit(1);
  },
);
