// npm run bench -- <area>: runs an area, prints its findings as JSON lines on stdout, and keeps them with machine and
// method in benchmarks/results. Progress goes to stderr.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Finding } from './harness.ts';

export interface Area {
  /** What is compared with what, and how: kept beside the results. */
  readonly method: string;
  run(report: (finding: Omit<Finding, 'area'>) => void): Promise<void>;
}

const folder = import.meta.dirname;
const areaNames = readdirSync(join(folder, 'areas'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length));

const usage = `npm run bench -- <area> [--no-save]

Areas: ${areaNames.join(', ')}
Prints one JSON object a line on stdout: area, case, metric, value, unit, baseline; low and high are the quartiles.
Keeps them in benchmarks/results/<date>-<area>.json unless told not to.
`;

const machine = () => ({
  processor: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.versions.node,
  platform: `${process.platform}-${process.arch}`,
});

const main = async (): Promise<void> => {
  const args = process.argv.slice(2);
  const name = args.find((arg) => !arg.startsWith('--'));
  const flags = args.filter((arg) => arg.startsWith('--'));
  const isAsked = flags.includes('--help');
  if (isAsked || name === undefined || !areaNames.includes(name) || flags.some((flag) => flag !== '--no-save')) {
    (isAsked ? process.stdout : process.stderr).write(usage);
    process.exitCode = isAsked ? 0 : 2;
    return;
  }
  const { area } = (await import(`./areas/${name}.ts`)) as { area: Area };
  const findings: Finding[] = [];
  await area.run((finding) => {
    findings.push({ area: name, ...finding });
    process.stdout.write(`${JSON.stringify(findings.at(-1))}\n`);
  });
  if (flags.includes('--no-save')) return;
  const at = new Date().toISOString();
  mkdirSync(join(folder, 'results'), { recursive: true });
  const file = join(folder, 'results', `${at.slice(0, 10)}-${name}.json`);
  writeFileSync(
    file,
    `${JSON.stringify({ area: name, at, machine: machine(), method: area.method, findings }, null, 2)}\n`,
  );
  process.stderr.write(`kept in ${file}\n`);
};

await main();
