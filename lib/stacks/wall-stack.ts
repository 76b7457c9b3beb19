// What CloudFront takes from us-east-1 alone, wherever the stage is: its firewall, and the certificate of its name.
import { Stack, type StackProps } from 'aws-cdk-lib';
import { Certificate, CertificateValidation, type ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';
import type { Stage } from '../config/read-stage.ts';
import type { StageConfig } from '../config/stage-config.ts';
import { WebWall } from '../constructs/web-wall.ts';
import { removalPolicy, resourceName } from '../contexts/surroundings.ts';

export const CLOUDFRONT_REGION = 'us-east-1';

export interface WallStackProps extends StackProps {
  readonly stage: Stage;
  readonly front: NonNullable<StageConfig['front']>;
}

export class WallStack extends Stack {
  readonly webAclArn: string;
  /** Of the front's own name, if it has one. */
  readonly certificate: ICertificate | undefined;

  constructor(scope: Construct, id: string, props: WallStackProps) {
    super(scope, id, props);
    const { stage, front } = props;
    const wall = new WebWall(this, 'Wall', {
      name: resourceName(stage, 'front'),
      requestsPerFiveMinutes: front.requestsPerFiveMinutes,
      logRetentionDays: stage.config.logRetentionDays,
      logRemovalPolicy: removalPolicy(stage),
    });
    this.webAclArn = wall.webAcl.attrArn;
    this.certificate = front.domain && this.certificateOf(front.domain);
  }

  private certificateOf({ name, hostedZone, certificateArn }: NonNullable<WallStackProps['front']['domain']>) {
    if (certificateArn) return Certificate.fromCertificateArn(this, 'Certificate', certificateArn);
    if (!hostedZone) return undefined;
    return new Certificate(this, 'Certificate', {
      domainName: name,
      validation: CertificateValidation.fromDns(
        HostedZone.fromHostedZoneAttributes(this, 'Zone', { hostedZoneId: hostedZone.id, zoneName: hostedZone.name }),
      ),
    });
  }
}
