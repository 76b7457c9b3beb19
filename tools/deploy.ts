// npm run deploy | npm run destroy [-- --stage staging|production]: the stacks in the AWS account of your credentials.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { assertDestroyable, parseStage } from '../lib/config/stages.ts';
import { emptyBuckets } from '../lib/empty-buckets.ts';
import { root } from '../local/root.ts';

const usage = `npm run deploy -- [--stage staging] [--yes]     deploys into the account of your AWS credentials
npm run destroy -- [--stage staging] [--yes]    removes it; what docs/guides/deploy.md names stays

Credentials and region come from where the AWS CLI takes them: AWS_PROFILE, AWS_REGION, environment or ~/.aws.
`;

interface Wish {
  readonly action: 'deploy' | 'destroy';
  readonly stage: string;
  readonly yes: boolean;
}

const readWish = (): Wish => {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { stage: { type: 'string', default: 'staging' }, yes: { type: 'boolean', default: false } },
    });
    const [action] = positionals;
    if ((action === 'deploy' || action === 'destroy') && positionals.length === 1) return { action, ...values };
  } catch (fault) {
    process.stderr.write(`${fault instanceof Error ? fault.message : String(fault)}\n\n`);
  }
  process.stderr.write(usage);
  process.exit(2);
};

/** @throws Error that says how to get credentials */
const whoAmI = async (): Promise<string> => {
  try {
    const { Account, Arn } = await new STSClient({ maxAttempts: 1 }).send(new GetCallerIdentityCommand({}));
    return `account ${Account}, as ${Arn}`;
  } catch (fault) {
    const reason = fault instanceof Error ? fault.message : String(fault);
    throw new Error(
      `AWS does not know who you are: ${reason}\nSign in first (\`aws sso login\` or \`aws configure\`) and set AWS_REGION; docs/guides/deploy.md lists what is needed.`,
    );
  }
};

/** @throws Error where nobody can answer */
const confirm = async (question: string): Promise<boolean> => {
  if (!process.stdin.isTTY) throw new Error(`${question} There is no terminal to answer on: say it with --yes.`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`${question} [y/N] `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
};

const cdk = (args: readonly string[]): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['node_modules/aws-cdk/bin/cdk', ...args], { cwd: root, stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });

/** Functions first, then what they wrote, then the data: a bucket that holds anything cannot be deleted. */
const destroy = async (stage: string, common: readonly string[]): Promise<number> => {
  const stack = (name: string) => `aimass-${stage}-${name}`;
  const away = (...names: string[]) => cdk(['destroy', ...names.map(stack), ...common, '--force']);
  const empty = async (name: string) => {
    const count = await emptyBuckets(new S3Client({}), `${stack(name)}-`);
    process.stdout.write(`removed ${count} objects and versions of ${name}\n`);
  };
  // The front's log is still written to while the front is there: if its bucket fills again, a second run removes it.
  await empty('edge');
  // The wall is there only where the stage has a front.
  const front = parseStage(stage).front === undefined ? [] : ['wall'];
  const code = await away('ops', 'edge', ...front, 'inference', 'control');
  if (code !== 0) return code;
  await empty('data');
  return away('data');
};

const main = async (): Promise<void> => {
  const { action, stage, yes } = readWish();
  if (action === 'destroy') assertDestroyable(stage);
  const identity = await whoAmI();
  if (!yes && !(await confirm(`${action} stage '${stage}' in ${identity}?`))) return;
  const common = ['-c', `stage=${stage}`];
  if (action === 'deploy') {
    const bootstrapped = await cdk(['bootstrap', ...common]);
    if (bootstrapped !== 0) process.exit(bootstrapped);
    process.exit(await cdk(['deploy', '--all', ...common, '--require-approval', yes ? 'never' : 'broadening']));
  }
  process.exit(await destroy(stage, common));
};

main().catch((fault: unknown) => {
  process.stderr.write(`${fault instanceof Error ? fault.message : String(fault)}\n`);
  process.exit(1);
});
