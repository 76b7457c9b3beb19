// npm run test:hostile: every hand-made attack through the public API, and thousands of mutations of good models.
import { parseArgs } from 'node:util';
import { sayWhile } from '../../local/say.ts';
import { prepareCloud } from '../support/cloud.ts';
import { type ApiReport, runAttacks } from './api/run-attacks.ts';
import type { Tried } from './api/try-attack.ts';
import { type AttackClass, attackClasses } from './attack.ts';
import { allAttacks } from './attacks/all-attacks.ts';
import { type MutationReport, runMutations } from './mutations/run-mutations.ts';

const MUTATION_COUNT = 10_000;

const usage = `npm run test:hostile                          every attack through the API, ${MUTATION_COUNT} mutations of seed 1
npm run test:hostile -- --seed 7              the same with the mutations of seed 7
npm run test:hostile -- --only set-off        the attacks of one class, or the one of that name; no mutations
npm run test:hostile -- --only mutations      the mutations alone; --mutations 500 as many
Classes: ${Object.keys(attackClasses).join(', ')}
`;

interface Chosen {
  readonly seed: number;
  readonly mutationCount: number;
  readonly attacks: typeof allAttacks;
}

const whole = (name: string, text: string): number => {
  if (!/^[1-9]\d{0,6}$/.test(text))
    throw new Error(`'--${name}' must be a whole number from 1 to 9999999, got '${text}'`);
  return Number(text);
};

/** @throws Error naming the option, what came and what is allowed */
const readArgs = (args: readonly string[]): Chosen => {
  const options = { seed: { type: 'string' }, only: { type: 'string' }, mutations: { type: 'string' } } as const;
  const { values } = parseArgs({ args: [...args], options });
  const { seed = '1', mutations = String(MUTATION_COUNT), only } = values;
  const chosen = { seed: whole('seed', seed), mutationCount: whole('mutations', mutations) };
  if (only === undefined) return { ...chosen, attacks: allAttacks };
  if (only === 'mutations') return { ...chosen, attacks: [] };
  const attacks = allAttacks.filter((attack) => attack.class === only || attack.name === only);
  if (attacks.length === 0) throw new Error(`'--only' must be a class, an attack or 'mutations', got '${only}'`);
  return { ...chosen, mutationCount: 0, attacks };
};

const print = (line: string): void => void process.stdout.write(`${line}\n`);

interface Tally {
  passed: number;
  failed: number;
}

const check = (tally: Tally, holds: boolean, line: string): void => {
  if (holds) tally.passed++;
  else tally.failed++;
  print(`  ${holds ? '✓' : '✗'} ${line}`);
};

const sum = (tried: readonly Tried[], of: (one: Tried) => number): number =>
  tried.reduce((total, one) => total + of(one), 0);

const printClass = (name: AttackClass, tried: readonly Tried[]): void => {
  const rejected = tried.filter(({ outcome }) => outcome === 'rejected').length;
  const faults = tried.filter(({ faults: found }) => found.length > 0).length;
  const cells = [
    name.padEnd(18),
    ...[tried.length, rejected, tried.length - rejected].map((n) => String(n).padStart(9)),
  ];
  print(
    `  ${cells.join('')}${String(sum(tried, ({ callCount }) => callCount)).padStart(7)}${String(faults).padStart(8)}   ${attackClasses[name]}`,
  );
};

const tellAttacks = ({ tried, goodCount, goodFaults, logLeaks, ownFaults }: ApiReport, tally: Tally): void => {
  print('  class                 files rejected contained  calls  faults');
  const classes = Object.keys(attackClasses) as AttackClass[];
  for (const name of classes) {
    const ofClass = tried.filter(({ attack }) => attack.class === name);
    if (ofClass.length > 0) printClass(name, ofClass);
  }
  for (const { attack, faults } of tried) {
    if (faults.length === 0) tally.passed++;
    else tally.failed++;
    for (const fault of faults)
      print(`  ✗ ${attack.name}: ${fault}\n    again: npm run test:hostile -- --only ${attack.name}`);
  }
  const leaked = sum(tried, (one) => one.leaked) + logLeaks;
  const wrong = sum(tried, (one) => one.wrongChargeCount);
  check(
    tally,
    ownFaults.length === 0,
    `host crashes ${ownFaults.length}${ownFaults.map((fault) => `\n      ${fault}`).join('')}`,
  );
  check(tally, leaked === 0, `bytes leaked ${leaked}`);
  check(tally, wrong === 0, `wrongly charged ${wrong}`);
  check(
    tally,
    goodFaults === 0 && goodCount > 0,
    `a good model beside answered ${goodCount} calls of ${goodCount + goodFaults}`,
  );
};

const tellMutations = (report: MutationReport, seed: number, tally: Tally): void => {
  const rejected = Object.entries(report.rejected).sort(([, a], [, b]) => b - a);
  const rejectedCount = rejected.reduce((total, [, count]) => total + count, 0);
  print(
    `  ${report.count} mutations of seed ${seed}: ${rejectedCount} rejected by the scanner, ${report.refused} by the runtime,`,
  );
  print(`  ${report.same} ran and answered the same twice, ${report.contained} ended their process and were contained`);
  print(`  by rule: ${rejected.map(([rule, count]) => `${rule} ${count}`).join(' · ')}`);
  const accounted = rejectedCount + report.refused + report.same + report.contained + report.differing.length;
  check(
    tally,
    accounted === report.count,
    `each ended in a verdict, the slowest scan at ${report.slowestMsPerKiB.toFixed(2)} ms for a KiB; host crashes 0`,
  );
  const names = report.differing.map(({ index, of }) => ` ${index} (${of})`).join();
  check(tally, report.differing.length === 0, `answers of memory that nobody wrote ${report.differing.length}${names}`);
  check(tally, report.leaked === 0, `bytes leaked ${report.leaked}`);
};

const runAll = async ({ attacks, mutationCount, seed }: Chosen): Promise<Tally> => {
  const tally: Tally = { passed: 0, failed: 0 };
  if (attacks.length > 0) {
    await sayWhile('deploying the cloud that is attacked', prepareCloud);
    const report = await sayWhile(`${attacks.length} attacks through the API`, () =>
      runAttacks(attacks, ({ attack, outcome, rule, faults }) => {
        const end = rule === undefined ? outcome : `${outcome}: ${rule}`;
        process.stderr.write(`  ${faults.length === 0 ? '✓' : '✗'} ${attack.name} ${end}\n`);
      }),
    );
    tellAttacks(report, tally);
  }
  if (mutationCount > 0) {
    const report = await sayWhile(`${mutationCount} mutations of good models`, () => runMutations(seed, mutationCount));
    tellMutations(report, seed, tally);
  }
  return tally;
};

const main = async (args: readonly string[]): Promise<number> => {
  if (args.includes('--help')) {
    print(usage);
    return 0;
  }
  let chosen: Chosen;
  try {
    chosen = readArgs(args);
  } catch (fault) {
    process.stderr.write(`${fault instanceof Error ? fault.message : fault}\n${usage}`);
    return 2;
  }
  const { passed, failed } = await runAll(chosen);
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
