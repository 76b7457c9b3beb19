// `npm run deploy -- --stage <stage>` and `npm run destroy -- --stage <stage>`: all stacks of a stage, in the AWS account
// that the environment's credentials are for. docs/guides/deploy.md says what it needs, costs and leaves.
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { S3Client } from '@aws-sdk/client-s3';
import { parseStage } from '../lib/config/stages.ts';
import { emptyBuckets } from '../lib/empty-buckets.ts';
import { root } from '../lib/root.ts';

const usage = 'usage: npm run deploy -- --stage <stage>, or npm run destroy -- --stage <stage> [--yes]';

const readArguments = () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { stage: { type: 'string' }, yes: { type: 'boolean', default: false } },
  });
  const [verb] = positionals;
  if (positionals.length !== 1 || (verb !== 'deploy' && verb !== 'destroy')) throw new Error(usage);
  if (!values.stage) throw new Error(`'--stage' must be given: nothing is deployed or destroyed by default\n${usage}`);
  return { verb, stage: values.stage, yes: values.yes };
};

const cdk = (stage: string, ...args: readonly string[]) => {
  const build = currentCommit();
  const all = [...args, '-c', `stage=${stage}`, ...(build ? ['-c', `build=${build}`] : [])];
  const { status } = spawnSync(join(root, 'node_modules', '.bin', 'cdk'), all, { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error(`cdk ${args[0]} failed: its message is above`);
};

/** What `GET /v1/health` will say is deployed; nothing where this is no git work tree. */
const currentCommit = () => {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      cwd: root,
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  } catch {
    return undefined;
  }
};

const deploy = (stage: string) => {
  cdk(stage, 'deploy', '--all', '--require-approval', 'broadening', '--outputs-file', `dist/outputs-${stage}.json`);
};

const destroy = async (stage: string, yes: boolean) => {
  const { deletionProtection, removal } = parseStage(stage);
  if (deletionProtection || removal === 'retain')
    throw new Error(
      `stage ${stage} is protected: its data is meant to outlive it. "What stays" in docs/guides/deploy.md tells how to remove it by hand`,
    );
  if (!yes && !(await confirmed(stage))) throw new Error('nothing was destroyed');
  const stackNames = (...names: string[]) => names.map((name) => `aimass-${stage}-${name}`);
  cdk(stage, 'destroy', '--force', ...stackNames('edge', 'inference', 'control'));
  const count = await emptyBuckets(new S3Client({}), `aimass-${stage}-data-`);
  console.log(`removed ${count} objects and versions`);
  cdk(stage, 'destroy', '--force', ...stackNames('data'));
};

const confirmed = async (stage: string) => {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(
    `All accounts, models and money of stage ${stage} are deleted. Its name, to go on: `,
  );
  terminal.close();
  return answer.trim() === stage;
};

try {
  const { verb, stage, yes } = readArguments();
  parseStage(stage);
  if (verb === 'deploy') deploy(stage);
  else await destroy(stage, yes);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
