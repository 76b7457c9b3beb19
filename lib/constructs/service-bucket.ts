// A private, versioned bucket: TLS only, access logged, reached by object name below stated prefixes.
import { Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type HttpMethods,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { seenAs } from './seen-as.ts';
import type { ServiceFunction } from './service-function.ts';

export interface ServiceBucketProps {
  readonly removalPolicy: RemovalPolicy;
  /** Where its access log goes, and below which prefix. */
  readonly accessLog: { readonly bucket: Bucket; readonly prefix: string };
  /** Pages of these origins may do this with presigned requests. */
  readonly cors?: { readonly origins: readonly string[]; readonly methods: readonly HttpMethods[] };
  /** Has S3 count requests and answers, for money. @default false */
  readonly requestMetrics?: boolean;
  /** @default - objects stay */
  readonly expireAfterDays?: number;
}

const objectActions = {
  listParts: 's3:ListMultipartUploadParts',
  get: 's3:GetObject',
  /** A pinned version, which `get` does not give. */
  getVersion: 's3:GetObjectVersion',
  /** In parts, too; parts that are never joined are dropped by the bucket itself. */
  put: 's3:PutObject',
  /** A version of an object, for good. */
  deleteVersion: 's3:DeleteObjectVersion',
} as const;

export class ServiceBucket extends Construct {
  readonly bucket: Bucket;
  /** Exported under a name of ours, so that findings about wildcards have a name to be acknowledged by. */
  private readonly exportName: string;
  private readonly exportedArn: string;

  constructor(scope: Construct, id: string, props: ServiceBucketProps) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Resource', {
      versioned: true,
      enforceSSL: true,
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      removalPolicy: props.removalPolicy,
      metrics: props.requestMetrics ? [{ id: 'all' }] : [],
      serverAccessLogsBucket: seenAs<IBucket>(props.accessLog.bucket),
      serverAccessLogsPrefix: props.accessLog.prefix,
      lifecycleRules: [
        {
          abortIncompleteMultipartUploadAfter: Duration.days(2),
          ...(props.expireAfterDays
            ? {
                expiration: Duration.days(props.expireAfterDays),
                noncurrentVersionExpiration: Duration.days(1),
              }
            : {}),
        },
      ],
    });
    this.exportName = `${Stack.of(this).stackName}:${id}Arn`;
    this.exportedArn = Stack.of(this).exportValue(this.bucket.bucketArn, { name: this.exportName });
    const { cors } = props;
    if (cors && cors.origins.length > 0) {
      this.bucket.addCorsRule({
        allowedOrigins: [...cors.origins],
        allowedMethods: [...cors.methods],
        allowedHeaders: ['*'],
        exposedHeaders: ['accept-ranges', 'content-range', 'etag', 'x-amz-version-id', 'x-amz-checksum-sha256'],
        maxAge: 3600,
      });
    }
  }

  /** Objects below these prefixes, to a function of another stack. */
  grantObjects(holder: ServiceFunction, access: keyof typeof objectActions, ...prefixes: readonly string[]): void {
    const policy = holder.allowApart(`${this.node.id}-${access}`, {
      actions: [objectActions[access]],
      resources: prefixes.map((prefix) => `${this.exportedArn}/${prefix}*`),
    });
    const reason = 'Objects are named at run time; the wildcard stays within one bucket and one prefix.';
    for (const prefix of prefixes) {
      acknowledge(policy, { [`AwsSolutions-IAM5[Resource::${this.exportName}/${prefix}*]`]: reason });
    }
  }

  /** Lets S3 say "there is none" of an object instead of "you may not". */
  grantKnowingOfAbsence(holder: ServiceFunction): void {
    holder.allow({ actions: ['s3:ListBucket'], resources: [this.bucket.bucketArn] });
  }
}
