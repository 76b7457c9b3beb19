// A secret that a function of ours changes every month.
import { RemovalPolicy } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnRotationSchedule, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { ServiceFunction } from './service-function.ts';

export interface RotatingSecretProps {
  readonly secretName: string;
  readonly description: string;
  readonly everyDays: number;
}

export class RotatingSecret extends Construct {
  readonly secret: Secret;
  private readonly everyDays: number;

  constructor(scope: Construct, id: string, props: RotatingSecretProps) {
    super(scope, id);
    this.everyDays = props.everyDays;
    this.secret = new Secret(this, 'Resource', {
      secretName: props.secretName,
      description: props.description,
      generateSecretString: {
        secretStringTemplate: '{}',
        generateStringKey: 'current',
        passwordLength: 64,
        excludePunctuation: true,
      },
      // Worth nothing without what it protects.
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  /** Not at once: what the secret is for must first be there. */
  rotateBy(rotation: ServiceFunction): void {
    rotation.allow({
      actions: [
        'secretsmanager:DescribeSecret',
        'secretsmanager:GetSecretValue',
        'secretsmanager:PutSecretValue',
        'secretsmanager:UpdateSecretVersionStage',
      ],
      resources: [this.secret.secretArn],
    });
    rotation.function.addPermission('Rotation', {
      scope: this,
      principal: new ServicePrincipal('secretsmanager.amazonaws.com'),
      sourceArn: this.secret.secretArn,
    });
    const schedule = new CfnRotationSchedule(this, 'Schedule', {
      secretId: this.secret.secretArn,
      rotationLambdaArn: rotation.function.functionArn,
      rotationRules: { automaticallyAfterDays: this.everyDays },
      rotateImmediatelyOnUpdate: false,
    });
    schedule.node.addDependency(rotation.role, this.node.findChild('Rotation'));
  }
}
