// Deploys the core stacks of stage `dev` into the emulator with the real CDK CLI: what goes to AWS, nothing else.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import * as z from 'zod';
import { cdkEnded, runCdk } from './cdk.ts';
import { fillEmulatorGaps } from './emulator-gaps.ts';
import { fingerprint } from './fingerprint.ts';
import { clientConfig, clientEnv, REGION } from './ministack.ts';
import { root } from './root.ts';
import { sayWhile } from './say.ts';

const ACCOUNT = '000000000000';
/** The core stacks: what the emulator can hold. */
export const stacks: readonly string[] = ['data', 'control', 'inference'].map((name) => `aimass-dev-${name}`);

const stackOutputs = z.object({
  'aimass-dev-data': z.object({
    UserPoolId: z.string(),
    UserPoolClientId: z.string(),
    QuarantineBucket: z.string(),
    ArtifactsBucket: z.string(),
    AccountsTable: z.string(),
    RegistryTable: z.string(),
    BillingTable: z.string(),
    GovernanceTable: z.string(),
    BillingArchiveBucket: z.string(),
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

/** The CDK app's output, and the sources it was made from. */
export interface Assembly {
  readonly folder: string;
  readonly fingerprint: string;
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

/** Runs the CDK app, once a deploy that a killed start left behind is through; needs no emulator. @throws Error with the end of the log */
export const synthesise = async (target: DeployTarget): Promise<Assembly> => {
  mkdirSync(target.folder, { recursive: true });
  await cdkEnded(target.folder);
  const assembly = { folder: join(target.folder, 'cdk.out'), fingerprint: fingerprint() };
  await runCdk(['synth', '--quiet', '--output', assembly.folder, '-c', 'stage=dev'], {
    cwd: root,
    env: environment(target),
    folder: target.folder,
  });
  return assembly;
};

/** Bootstraps if need be, deploys, sets what the emulator leaves out, and stamps. @throws Error with the end of the log */
export const deploy = async (target: DeployTarget, synthesised: Promise<Assembly>): Promise<Deployment> => {
  const [assembly] = await Promise.all([synthesised, bootstrap(target)]);
  const outputsFile = join(target.folder, 'stack-outputs.json');
  await sayWhile(`deploying ${stacks.join(', ')}`, () =>
    runCdk(
      // biome-ignore format: an option and its value a line
      [
        'deploy', ...stacks,
        '--app', assembly.folder,
        '--require-approval', 'never',
        '--method', 'direct',
        '--outputs-file', outputsFile,
        '--progress', 'events',
      ],
      { cwd: root, env: environment(target), folder: target.folder },
    ),
  );
  const outputs = stackOutputs.parse(JSON.parse(readFileSync(outputsFile, 'utf8')));
  await fillEmulatorGaps({ port: target.port, assembly: assembly.folder, stacks });
  const done = { fingerprint: assembly.fingerprint, outputs };
  writeFileSync(target.stampFile, JSON.stringify(done, null, 2));
  return done;
};

/** In a folder without cdk.json: the CLI would run the app only to learn what it is told here. */
const bootstrap = async (target: DeployTarget): Promise<void> => {
  if (await isBootstrapped(target)) return;
  mkdirSync(target.folder, { recursive: true });
  await sayWhile('preparing the emulated account for CDK', () =>
    runCdk(['bootstrap', `aws://${ACCOUNT}/${REGION}`], {
      cwd: target.folder,
      env: environment(target),
      folder: target.folder,
    }),
  );
};

const isBootstrapped = async (target: DeployTarget): Promise<boolean> => {
  const client = new CloudFormationClient(clientConfig(target));
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: 'CDKToolkit' }));
    return Stacks.some(({ StackStatus }) => StackStatus?.endsWith('_COMPLETE') && !StackStatus.startsWith('ROLLBACK'));
  } catch {
    // Unknown stacks are answered by an error; whatever else is wrong, the bootstrap will say.
    return false;
  }
};

const environment = (target: DeployTarget): NodeJS.ProcessEnv => ({
  ...process.env,
  ...clientEnv(target),
  CDK_DEFAULT_ACCOUNT: ACCOUNT,
  CDK_DEFAULT_REGION: REGION,
  AWS_EC2_METADATA_DISABLED: 'true',
  NO_COLOR: '1',
});
