// npm test: sets up and checks everything. `npm run check` is its quick part, `npm run test:<project>` a single project.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endProcess, pidsGiven } from './processes.ts';
import { root } from './root.ts';
import { runShown, runVitest, type Tally, type TimedTest } from './run-tests.ts';
import { say } from './say.ts';
import { venvFolder } from './state.ts';
import { runStaticChecks } from './static-checks.ts';
import { ensureVenv } from './venv.ts';

const projects = ['unit', 'infra', 'integration', 'contract', 'e2e'] as const;

const usage = `npm test                             everything
npm run check                        format, lint, types, boundaries, documents, unit and infra tests
npm run test:<project> -- [filter]   one of ${projects.join(', ')}; a filter is part of a file's name
`;

interface Plan {
  readonly statics: boolean;
  readonly projects: readonly string[];
  readonly filters: readonly string[];
}

const readPlan = (args: readonly string[]): Plan => {
  const [first, ...rest] = args;
  if (first === undefined) return { statics: true, projects, filters: [] };
  if (first === '--check' && rest.length === 0) return { statics: true, projects: ['unit', 'infra'], filters: [] };
  if (first === '--project' && projects.some((name) => name === rest[0])) {
    return { statics: false, projects: rest.slice(0, 1), filters: rest.slice(1) };
  }
  process.stderr.write(usage);
  process.exit(2);
};

const printTimes = (tests: readonly TimedTest[], wallMs: number): void => {
  const slowest = [...tests].sort((a, b) => b.ms - a.ms).slice(0, 5);
  process.stdout.write(`\nThe suite took ${(wallMs / 1000).toFixed(0)} s. Its slowest tests:\n`);
  for (const { name, ms } of slowest) process.stdout.write(`  ${(ms / 1000).toFixed(1).padStart(6)} s  ${name}\n`);
};

const add = (sum: Tally, more: Tally): Tally => ({
  passed: sum.passed + more.passed,
  failed: sum.failed + more.failed,
});

/** Everything temporary of this run lies in one folder, so that nothing is left of it, however it ends. */
const ownTemporaryFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'aimass-test-'));
  process.env.TMPDIR = folder;
  const cleanUp = async () => {
    // What is ended may just have begun another.
    for (let pids = pidsGiven(folder); pids.length > 0; pids = pidsGiven(folder)) {
      await Promise.all(pids.map((pid) => endProcess(pid, 2_000)));
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  let cleaned: Promise<void> | undefined;
  const clean = () => {
    cleaned ??= cleanUp();
    return cleaned;
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void clean().then(() => process.exit(130)));
  }
  return clean;
};

/** Their tests run against deployed functions, whose AWS calls are recorded. */
const withCloud: readonly string[] = ['contract', 'e2e'];

/** Holds what was recorded against the roles. What no call used counts only when all that may use it has run. */
const checkPrivilege = async ({ projects: run, filters }: Plan, recordings: string, tested: Tally): Promise<Tally> => {
  const whole = withCloud.every((name) => run.includes(name)) && filters.length === 0 && tested.failed === 0;
  process.stdout.write('\nAWS calls against the roles:\n');
  const code = await runShown(['tools/check-privilege.ts', recordings, ...(whole ? [] : ['--partial'])]);
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
};

const runPlan = async (plan: Plan): Promise<Tally> => {
  const startedAt = performance.now();
  let tally: Tally = { passed: 0, failed: 0 };
  if (plan.statics) {
    say('checking format, types, boundaries and documents');
    tally = add(tally, await runStaticChecks({ whole: plan.projects.length === projects.length }));
  }
  if (plan.projects.some((name) => name !== 'unit' && name !== 'infra')) {
    await ensureVenv(venvFolder('ministack'), join(root, 'local/requirements.txt'), say);
  }
  say(`running ${plan.projects.join(', ')} tests`);
  const recordings = mkdtempSync(join(tmpdir(), 'aimass-recordings-'));
  process.env.AIMASS_RECORDINGS = recordings;
  const { tally: tested, tests } = await runVitest(plan.projects, plan.filters);
  tally = add(tally, tested);
  if (plan.projects.some((name) => withCloud.includes(name))) {
    tally = add(tally, await checkPrivilege(plan, recordings, tested));
  }
  printTimes(tests, performance.now() - startedAt);
  say('done');
  return tally;
};

const main = async (): Promise<void> => {
  const plan = readPlan(process.argv.slice(2));
  const clean = ownTemporaryFolder();
  const tally = await runPlan(plan).finally(clean);
  process.stdout.write(`${tally.passed} passed, ${tally.failed} failed\n`);
  process.exit(tally.failed === 0 && tally.passed > 0 ? 0 : 1);
};

main().catch((fault: unknown) => {
  process.stderr.write(`\n${fault instanceof Error ? fault.message : String(fault)}\n0 passed, 1 failed\n`);
  process.exit(1);
});
