// governance: the front that CloudFront is, the console's bucket behind it, and the secret by which it proves itself.
// The bucket lies here and not with the data: what it holds is built, and any deploy can bring it again.
import { ArnFormat, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { AaaaRecord, ARecord, HostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type * as z from 'zod';
import type { rotateOriginEnv } from '../../../lambdas/governance/contract.ts';
import {
  ORIGIN_SECRET_HEADER,
  VIEWER_ADDRESS_HEADER,
  VIEWER_HOST_HEADER,
} from '../../../lambdas/shared/platform/origin.ts';
import type { Stage } from '../../config/read-stage.ts';
import { Front } from '../../constructs/front.ts';
import { RotatingSecret } from '../../constructs/rotating-secret.ts';
import { seenAs } from '../../constructs/seen-as.ts';
import type { ServiceFunction } from '../../constructs/service-function.ts';
import { originSecretName } from '../origin-secret.ts';
import { makeFunction, removalPolicy, resourceName, type Surroundings } from '../surroundings.ts';

export interface GovernanceFrontProps {
  readonly apiDomainName: string;
  /** What the console calls beside its own origin. */
  readonly connectOrigins: readonly string[];
  readonly webAclArn: string;
  readonly certificate: ICertificate | undefined;
}

/** What begins so is the API's: architecture, "One origin". */
export const apiPathPatterns = ['/v1*', '/v2*', '/docs*', '/hf*'] as const;

/** The rotation's own wait for functions to forget is a minute and a half. */
const ROTATION_SECONDS = 180;

export class GovernanceFront extends Construct {
  readonly front: Front;
  readonly consoleBucket: Bucket;
  readonly rotation: ServiceFunction;

  constructor(scope: Construct, surroundings: Surroundings, props: GovernanceFrontProps) {
    super(scope, 'Front');
    const { stage } = surroundings;
    const name = resourceName(stage, 'front');
    const logBucket = this.makeLogBucket(stage);
    this.consoleBucket = this.makeConsoleBucket(stage, logBucket);
    const origin = new RotatingSecret(this, 'Origin', {
      secretName: originSecretName(stage),
      description: 'Proves to the functions that a call came through CloudFront',
      everyDays: 30,
    });
    const domainName = stage.config.front?.domain?.name;
    this.front = new Front(this, 'Distribution', {
      name,
      api: {
        domainName: props.apiDomainName,
        pathPatterns: apiPathPatterns,
        secret: seenAs<ISecret>(origin.secret),
        secretHeader: ORIGIN_SECRET_HEADER,
        viewerAddressHeader: VIEWER_ADDRESS_HEADER,
        viewerHostHeader: VIEWER_HOST_HEADER,
      },
      consoleBucket: this.consoleBucket,
      logBucket,
      webAclArn: props.webAclArn,
      connectOrigins: props.connectOrigins,
      ...(domainName && props.certificate ? { domain: { name: domainName, certificate: props.certificate } } : {}),
    });
    this.rotation = this.makeRotation(surroundings, props.webAclArn, logBucket);
    origin.rotateBy(this.rotation);
    this.nameIt(surroundings);
    new CfnOutput(this, 'FrontUrl', {
      value: `https://${domainName ?? this.front.distribution.distributionDomainName}`,
    });
    new CfnOutput(this, 'ConsoleBucket', { value: this.consoleBucket.bucketName });
  }

  private makeLogBucket(stage: Stage) {
    return new Bucket(this, 'Log', {
      enforceSSL: true,
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      // CloudFront hands its log over by ACL.
      objectOwnership: ObjectOwnership.BUCKET_OWNER_PREFERRED,
      removalPolicy: removalPolicy(stage),
      lifecycleRules: [{ expiration: Duration.days(stage.config.logRetentionDays) }],
    });
  }

  private makeConsoleBucket(stage: Stage, logBucket: Bucket) {
    return new Bucket(this, 'Console', {
      versioned: true,
      enforceSSL: true,
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      serverAccessLogsBucket: seenAs<IBucket>(logBucket),
      serverAccessLogsPrefix: 'console/',
      removalPolicy: removalPolicy(stage),
      lifecycleRules: [{ noncurrentVersionExpiration: Duration.days(30) }],
    });
  }

  private makeRotation(surroundings: Surroundings, webAclArn: string, logBucket: Bucket) {
    const { distributionId } = this.front.distribution;
    const environment: z.input<typeof rotateOriginEnv> = {
      ORIGIN_SECRET: originSecretName(surroundings.stage),
      DISTRIBUTION_ID: distributionId,
    };
    const rotation = makeFunction(
      this,
      'Rotation',
      surroundings,
      { context: 'governance', handler: 'rotate-origin' },
      {
        description: 'Changes the secret by which CloudFront proves itself',
        memoryMiB: surroundings.stage.config.memoryMiB.worker,
        timeoutSeconds: ROTATION_SECONDS,
        environment,
      },
    );
    const distributionArn = Stack.of(this).formatArn({
      service: 'cloudfront',
      region: '',
      resource: 'distribution',
      resourceName: distributionId,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    rotation.allow({
      actions: ['cloudfront:GetDistribution', 'cloudfront:UpdateDistribution'],
      resources: [distributionArn],
    });
    // CloudFront asks for these of whoever updates a distribution that has a firewall and a log.
    rotation.allow({ actions: ['wafv2:GetWebACL'], resources: [webAclArn] });
    rotation.allow({ actions: ['s3:GetBucketAcl', 's3:PutBucketAcl'], resources: [logBucket.bucketArn] });
    return rotation;
  }

  /** In Route 53, where its zone is there. */
  private nameIt({ stage }: Surroundings) {
    const domain = stage.config.front?.domain;
    if (!domain?.hostedZone) return;
    const { id: hostedZoneId, name: zoneName } = domain.hostedZone;
    const zone = HostedZone.fromHostedZoneAttributes(this, 'Zone', { hostedZoneId, zoneName });
    const record = {
      zone,
      recordName: `${domain.name}.`,
      target: RecordTarget.fromAlias(new CloudFrontTarget(this.front.distribution)),
    };
    new ARecord(this, 'Name', record);
    new AaaaRecord(this, 'Name6', record);
  }
}
