// npm run lint:templates: synthesises every stage (cdk-nag's findings stop that) and holds each template of each stack
// against CloudFormation's own schemas with cfn-lint. Prints what it finds; fails on anything.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import * as z from 'zod';
import { buildAssets } from '../lib/assets.ts';
import { parseStage, stages } from '../lib/config/stages.ts';
import { createStacks } from '../lib/create-stacks.ts';
import { root } from '../local/root.ts';
import { venvFolder } from '../local/state.ts';
import { ensureVenv } from '../local/venv.ts';

/** What is not looked at, each with its reason. */
const ignored: Readonly<Record<string, string>> = {
  W3005: 'The CDK adds a DependsOn where a reference implies it already: redundant, and not ours to leave out.',
};

/** The regions whose resources are looked up: CloudFront's, and those that stages are tied to. */
const regionsOf = (names: readonly string[]) => [
  ...new Set(['us-east-1', ...names.flatMap((name) => parseStage(name).region ?? [])]),
];

const { context } = z
  .object({ context: z.record(z.string(), z.unknown()) })
  .parse(JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')));

/** @returns the templates' files @throws Error at a finding of cdk-nag */
const synthesise = (names: readonly string[], folder: string): string[] => {
  const assets = buildAssets();
  return names.flatMap((name) => {
    const app = new App({ context, outdir: join(folder, name), analyticsReporting: false });
    createStacks(app, { name, config: parseStage(name), build: undefined }, assets);
    return app.synth().stacks.map(({ templateFullPath }) => templateFullPath);
  });
};

const finding = z.object({
  Level: z.string(),
  Message: z.string(),
  Rule: z.object({ Id: z.string() }),
  Filename: z.string(),
  Location: z.object({ Path: z.array(z.union([z.string(), z.number()])).nullish() }),
});

const lint = (venv: string, templates: readonly string[], regions: readonly string[]) => {
  const args = [
    '--format',
    'json',
    '--regions',
    ...regions,
    '--ignore-checks',
    ...Object.keys(ignored),
    '--',
    ...templates,
  ];
  const run = spawnSync(join(venv, 'bin', 'cfn-lint'), args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, ...(existsSync(join(venv, 'pip-target')) ? { PYTHONPATH: venv } : {}) },
  });
  if (run.error) throw run.error;
  try {
    return z.array(finding).parse(JSON.parse(run.stdout));
  } catch {
    throw new Error(`cfn-lint did not run: ${run.stderr || run.stdout}`);
  }
};

const main = async (): Promise<number> => {
  const names = Object.keys(stages);
  const venv = venvFolder('cfn-lint');
  await ensureVenv(venv, join(root, 'tools/lint-templates/requirements.txt'), (line) =>
    process.stderr.write(`${line}\n`),
  );
  const folder = mkdtempSync(join(tmpdir(), 'aimass-templates-'));
  try {
    const templates = synthesise(names, folder);
    const regions = regionsOf(names);
    const findings = lint(venv, templates, regions);
    for (const { Level, Message, Rule, Filename, Location } of findings) {
      const place = (Location.Path ?? []).join('/');
      process.stdout.write(`${Level} ${Rule.Id} ${Filename.slice(folder.length + 1)} ${place}\n  ${Message}\n`);
    }
    process.stdout.write(
      `cdk-nag and cfn-lint: ${templates.length} templates of ${names.join(', ')} for ${regions.join(', ')}: ${findings.length} findings\n`,
    );
    for (const [rule, reason] of Object.entries(ignored)) process.stdout.write(`  not looked at: ${rule}. ${reason}\n`);
    return findings.length;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

main().then(
  (count) => process.exit(count === 0 ? 0 : 1),
  (fault: unknown) => {
    process.stderr.write(`${fault instanceof Error ? fault.message : String(fault)}\n`);
    process.exit(1);
  },
);
