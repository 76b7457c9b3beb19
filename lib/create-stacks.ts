// One stage as stacks: data lives longest, control knows data, inference knows both; wall, edge and ops are for AWS alone
// (a laptop deploys the first three). Findings stop the synthesis.
import { type App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { type Assets, buildAssets } from './assets.ts';
import type { Stage } from './config/read-stage.ts';
import { resourceName } from './contexts/surroundings.ts';
import { ControlStack } from './stacks/control-stack.ts';
import { DataStack } from './stacks/data-stack.ts';
import { EdgeStack } from './stacks/edge-stack.ts';
import { InferenceStack } from './stacks/inference-stack.ts';
import { OpsStack, STAGE_TAG } from './stacks/ops-stack.ts';
import { CLOUDFRONT_REGION, WallStack } from './stacks/wall-stack.ts';

export interface Stacks {
  readonly data: DataStack;
  readonly control: ControlStack;
  readonly inference: InferenceStack;
  /** Only where the stage has a front. */
  readonly wall: WallStack | undefined;
  readonly edge: EdgeStack;
  readonly ops: OpsStack;
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
  const { front } = stage.config;
  const wall =
    front &&
    new WallStack(app, resourceName(stage, 'wall'), {
      ...props('wall'),
      env: { ...props('wall').env, region: CLOUDFRONT_REGION },
      crossRegionReferences: true,
      stage,
      front,
    });
  const edge = new EdgeStack(app, resourceName(stage, 'edge'), {
    ...props('edge'),
    crossRegionReferences: front !== undefined,
    surroundings,
    data,
    control,
    inference,
    wall,
  });
  const ops = new OpsStack(app, resourceName(stage, 'ops'), { ...props('ops'), stage, data, control, inference, edge });
  Tags.of(app).add(STAGE_TAG, stage.name);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { data, control, inference, wall, edge, ops };
};

/**
 * A stage with a region of its own is tied to it; any other goes where the credentials point. Behind a front, which is
 * known in two regions, it must be a definite one: without any, the one that the CDK's CLI takes too.
 */
const environment = ({ config }: Stage) => {
  const account = process.env.CDK_DEFAULT_ACCOUNT;
  const region = config.region ?? process.env.CDK_DEFAULT_REGION ?? (config.front ? CLOUDFRONT_REGION : undefined);
  return { env: { ...(account ? { account } : {}), ...(region ? { region } : {}) } };
};
