// One stage as stacks: data lives longest, control knows data, inference knows both, edge is for AWS alone (a laptop
// deploys the first three). Findings stop the synthesis.
import { type App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { type Assets, buildAssets } from './assets.ts';
import type { Stage } from './config/read-stage.ts';
import { resourceName } from './contexts/surroundings.ts';
import { ControlStack } from './stacks/control-stack.ts';
import { DataStack } from './stacks/data-stack.ts';
import { EdgeStack } from './stacks/edge-stack.ts';
import { InferenceStack } from './stacks/inference-stack.ts';

export interface Stacks {
  readonly data: DataStack;
  readonly control: ControlStack;
  readonly inference: InferenceStack;
  readonly edge: EdgeStack;
}

export const createStacks = (app: App, stage: Stage, assets: Assets = buildAssets()): Stacks => {
  const surroundings = { stage, assets };
  const props = (name: string) => ({
    description: `AI Mass, ${stage.name}: ${name}`,
    terminationProtection: stage.config.deletionProtection,
    ...environment(stage),
  });
  const data = new DataStack(app, resourceName(stage, 'data'), { ...props('data'), stage });
  const control = new ControlStack(app, resourceName(stage, 'control'), { ...props('control'), surroundings, data });
  const inference = new InferenceStack(app, resourceName(stage, 'inference'), {
    ...props('inference'),
    surroundings,
    data,
    control,
  });
  const edge = new EdgeStack(app, resourceName(stage, 'edge'), { ...props('edge'), stage, inference });
  Tags.of(app).add('aimass:stage', stage.name);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { data, control, inference, edge };
};

/** A stage with a region of its own is tied to it; any other goes where the credentials point. */
const environment = ({ config }: Stage) => {
  const account = process.env.CDK_DEFAULT_ACCOUNT;
  const region = config.region ?? process.env.CDK_DEFAULT_REGION;
  return { env: { ...(account ? { account } : {}), ...(region ? { region } : {}) } };
};
