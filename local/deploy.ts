// Deploys the core stacks of stage `dev` into the emulator with the real CDK CLI: what goes to AWS, nothing else.
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { fillEmulatorGaps } from './emulator-gaps.ts';
import { fingerprint } from './fingerprint.ts';
import { clientEnv } from './ministack.ts';
import { root } from './root.ts';
import { sayWhile } from './say.ts';

const stacks = ['data', 'control', 'inference'].map((name) => `aimass-dev-${name}`);

const stackOutputs = z.object({
  'aimass-dev-data': z.object({
    UserPoolId: z.string(),
    UserPoolClientId: z.string(),
    QuarantineBucket: z.string(),
    ArtifactsBucket: z.string(),
    AccountsTable: z.string(),
    RegistryTable: z.string(),
    BillingTable: z.string(),
  }),
  'aimass-dev-control': z.object({ ApiId: z.string() }),
});

const deployment = z.object({ fingerprint: z.string(), outputs: stackOutputs });
export type Deployment = z.output<typeof deployment>;

export interface DeployTarget {
  readonly port: number;
  /** For templates, outputs and the deploy's log. */
  readonly folder: string;
  /** Remembers what is deployed. */
  readonly stampFile: string;
}

/** What the stamp says is deployed, if it is of the sources as they are now. */
export const currentDeployment = (stampFile: string): Deployment | undefined => {
  const known = readDeployment(stampFile);
  return known?.fingerprint === fingerprint() ? known : undefined;
};

export const readDeployment = (stampFile: string): Deployment | undefined => {
  if (!existsSync(stampFile)) return undefined;
  const parsed = deployment.safeParse(JSON.parse(readFileSync(stampFile, 'utf8')));
  return parsed.success ? parsed.data : undefined;
};

/** Bootstraps if need be, deploys, sets what the emulator leaves out, and stamps. @throws Error with the log's end */
export const deploy = async (target: DeployTarget): Promise<Deployment> => {
  mkdirSync(target.folder, { recursive: true });
  const sources = fingerprint();
  const outputsFile = join(target.folder, 'stack-outputs.json');
  const assembly = join(target.folder, 'cdk.out');
  const common = ['--app', 'node bin/app.ts', '--output', assembly, '-c', 'stage=dev'];
  await sayWhile('preparing the emulated account for CDK', () =>
    cdk(target, ['bootstrap', 'aws://000000000000/us-east-1', ...common]),
  );
  await sayWhile(`deploying ${stacks.join(', ')}`, () =>
    cdk(target, [
      'deploy',
      ...stacks,
      ...common,
      '--require-approval',
      'never',
      '--method',
      'direct',
      '--outputs-file',
      outputsFile,
      '--progress',
      'events',
    ]),
  );
  const outputs = stackOutputs.parse(JSON.parse(readFileSync(outputsFile, 'utf8')));
  await fillEmulatorGaps({ port: target.port, assembly, stacks });
  const done = { fingerprint: sources, outputs };
  writeFileSync(target.stampFile, JSON.stringify(done, null, 2));
  return done;
};

const cdk = (target: DeployTarget, args: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    const log = join(target.folder, 'deploy.log');
    let text = '';
    const child = spawn(process.execPath, [join(root, 'node_modules/aws-cdk/bin/cdk'), ...args, '--ci'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ...clientEnv(target),
        CDK_DEFAULT_ACCOUNT: '000000000000',
        CDK_DEFAULT_REGION: 'us-east-1',
        AWS_EC2_METADATA_DISABLED: 'true',
        NO_COLOR: '1',
      },
    });
    const endWithUs = () => child.kill();
    process.once('exit', endWithUs);
    const take = (chunk: Buffer) => {
      text = (text + chunk).slice(-20_000);
      appendFileSync(log, chunk);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', reject);
    child.on('close', (status) => {
      process.off('exit', endWithUs);
      if (status === 0) return resolve();
      reject(
        new Error(
          `cdk ${args[0]} failed; all of it is in ${log}, its end is:\n${text.trim().split('\n').slice(-25).join('\n')}`,
        ),
      );
    });
  });
