// What AWS has and the emulator has not, at the stage's edges: the front that callers meet, and the guards of the network
// that strangers' models run in. Deployed to accounts only, never on a laptop.
import { Aws, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { NetworkGuard } from '../constructs/network-guard.ts';
import { GovernanceFront } from '../contexts/governance/governance-front.ts';
import { removalPolicy, resourceName, type Surroundings } from '../contexts/surroundings.ts';
import type { ControlStack } from './control-stack.ts';
import type { DataStack } from './data-stack.ts';
import type { InferenceStack } from './inference-stack.ts';
import type { WallStack } from './wall-stack.ts';

export interface EdgeStackProps extends StackProps {
  readonly surroundings: Surroundings;
  readonly data: DataStack;
  readonly control: ControlStack;
  readonly inference: InferenceStack;
  /** Absent: the stage has no front. */
  readonly wall: WallStack | undefined;
}

export class EdgeStack extends Stack {
  readonly front: GovernanceFront | undefined;

  constructor(scope: Construct, id: string, props: EdgeStackProps) {
    super(scope, id, props);
    const { surroundings, data, control, inference, wall } = props;
    const { stage } = surroundings;
    new NetworkGuard(this, 'InferenceNetworkGuard', {
      name: resourceName(stage, 'inference'),
      vpc: inference.inference.network.vpc,
      logRetentionDays: stage.config.logRetentionDays,
      logRemovalPolicy: removalPolicy(stage),
    });
    this.front =
      wall &&
      new GovernanceFront(this, surroundings, {
        apiDomainName: `${control.api.api.apiId}.execute-api.${Aws.REGION}.${Aws.URL_SUFFIX}`,
        connectOrigins: [
          `https://cognito-idp.${Aws.REGION}.${Aws.URL_SUFFIX}`,
          `https://${data.registry.quarantine.bucket.bucketRegionalDomainName}`,
        ],
        webAclArn: wall.webAclArn,
        certificate: wall.certificate,
      });
  }
}
