// What AWS has and the emulator has not: deployed to accounts only, never on a laptop.
import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Stage } from '../config/read-stage.ts';
import { NetworkGuard } from '../constructs/network-guard.ts';
import { removalPolicy, resourceName } from '../contexts/surroundings.ts';
import type { InferenceStack } from './inference-stack.ts';

export interface EdgeStackProps extends StackProps {
  readonly stage: Stage;
  readonly inference: InferenceStack;
}

export class EdgeStack extends Stack {
  constructor(scope: Construct, id: string, props: EdgeStackProps) {
    super(scope, id, props);
    const { stage, inference } = props;
    new NetworkGuard(this, 'InferenceNetworkGuard', {
      name: resourceName(stage, 'inference'),
      vpc: inference.inference.network.vpc,
      logRetentionDays: stage.config.logRetentionDays,
      logRemovalPolicy: removalPolicy(stage),
    });
  }
}
