// npm run test:soak: thousands of mixed calls over many models in one environment, lane by lane.
import { parseArgs } from 'node:util';
import { runFunctionLane } from './lanes/run-function.ts';
import { serverLane } from './lanes/server.ts';
import { typescriptLane } from './lanes/typescript.ts';
import { faultsOf, GROWTH_LIMIT, runSoak, type SoakReport } from './run-soak.ts';
import type { SoakLaneKind } from './soak-lane.ts';
import { makeSoakModels } from './soak-models.ts';

const lanes: readonly SoakLaneKind[] = [runFunctionLane(), typescriptLane, serverLane];

const usage = `npm run test:soak                    20000 calls over 200 models, in each lane: ${lanes.map(({ name }) => name).join(', ')}
npm run test:soak -- --lane server   in one
  --calls 20000 --models 200 --seed 1

The seed makes models, inputs and the order of the calls. Wrong answers, sessions that are neither released nor known
to the cache, and memory that still grows (the most of the last quarter over ${GROWTH_LIMIT} times the most of the second) fail it.
`;

const readArgs = (args: readonly string[]) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      calls: { type: 'string', default: '20000' },
      models: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      lane: { type: 'string' },
    },
  });
  const whole = (name: 'calls' | 'models' | 'seed') => {
    if (/^[1-9]\d{0,6}$/.test(values[name])) return Number(values[name]);
    throw new Error(`'--${name}' must be a whole number from 1 to 9999999, got '${values[name]}'`);
  };
  const chosen = lanes.filter(({ name }) => values.lane === undefined || name === values.lane);
  if (chosen.length === 0) {
    throw new Error(`'--lane' must be one of ${lanes.map(({ name }) => name).join(', ')}, got '${values.lane}'`);
  }
  return { callCount: whole('calls'), modelCount: whole('models'), seed: whole('seed'), chosen };
};

const MIB = 1_048_576;

const print = (line: string) => void process.stdout.write(`${line}\n`);

const tell = (report: SoakReport): boolean => {
  const faults = faultsOf(report);
  const { lane, callCount, modelCount, loadCount, evictionCount, disturbanceCount, seconds } = report;
  print(
    `${faults.length === 0 ? '✓' : '✗'} ${lane}: ${callCount} calls over ${modelCount} models in ${seconds.toFixed(0)} s`,
  );
  print(`    loads ${loadCount}, evictions ${evictionCount}, processes ended by a model ${disturbanceCount}`);
  print(`    peak resident ${Math.round(report.peakResidentBytes / MIB)} MiB, growth ${report.growth.toFixed(3)}`);
  print(
    `    cache at most ${Math.round(report.fullest * 100)} % full, wrong answers ${report.wrongCount}, sessions leaked ${report.leakedCount}`,
  );
  for (const fault of faults) print(`    ${fault}`);
  return faults.length === 0;
};

/** The log of the product’s own functions is not what this tool tells. */
const silenceLog = () => {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = ((chunk: string | Uint8Array, ...rest: never[]) =>
    typeof chunk === 'string' && chunk.startsWith('{"level"') ? true : write(chunk, ...rest)) as typeof write;
};

const main = async (args: readonly string[]): Promise<number> => {
  if (args.includes('--help')) {
    process.stdout.write(usage);
    return 0;
  }
  let plan: ReturnType<typeof readArgs>;
  try {
    plan = readArgs(args);
  } catch (fault) {
    process.stderr.write(`${fault instanceof Error ? fault.message : fault}\n${usage}`);
    return 2;
  }
  silenceLog();
  const { callCount, modelCount, seed, chosen } = plan;
  process.stderr.write(`making ${modelCount} models and their answers\n`);
  const models = await makeSoakModels(modelCount, seed);
  const tally = { passed: 0, failed: 0 };
  for (const lane of chosen) {
    process.stderr.write(`soaking ${lane.name}\n`);
    if (tell(await runSoak(lane, models, { callCount, seed }))) tally.passed++;
    else tally.failed++;
  }
  print(`${tally.passed} passed, ${tally.failed} failed`);
  return tally.failed === 0 && tally.passed > 0 ? 0 : 1;
};

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (fault: unknown) => {
    process.stderr.write(`\n${fault instanceof Error ? fault.stack : String(fault)}\n0 passed, 1 failed\n`);
    process.exit(1);
  },
);
