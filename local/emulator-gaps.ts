// Sets what the emulator leaves out of a template although it can hold it: TTL and recovery of tables, CORS of the API, life
// cycle of buckets. Driven by the synthesised templates, so that nothing is said twice, and idempotent.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiGatewayV2Client, UpdateApiCommand } from '@aws-sdk/client-apigatewayv2';
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import {
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  UpdateContinuousBackupsCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { PutBucketLifecycleConfigurationCommand, S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { clientConfig } from './ministack.ts';

const template = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).optional() }),
  ),
});

const ttl = z.object({ AttributeName: z.string(), Enabled: z.boolean() });
const cors = z.object({
  AllowCredentials: z.boolean().optional(),
  AllowHeaders: z.array(z.string()).optional(),
  AllowMethods: z.array(z.string()).optional(),
  AllowOrigins: z.array(z.string()).optional(),
  ExposeHeaders: z.array(z.string()).optional(),
  MaxAge: z.number().optional(),
});

const recovery = z.object({ PointInTimeRecoveryEnabled: z.boolean() });
/** The rules' parts that lib/ uses; another one stops the deploy here rather than being dropped in silence. */
const lifecycle = z.object({
  Rules: z.array(
    z.strictObject({
      Id: z.string().optional(),
      Prefix: z.string().optional(),
      Status: z.enum(['Enabled', 'Disabled']),
      ExpirationInDays: z.number().optional(),
      NoncurrentVersionExpiration: z.strictObject({ NoncurrentDays: z.number() }).optional(),
      AbortIncompleteMultipartUpload: z.strictObject({ DaysAfterInitiation: z.number() }).optional(),
    }),
  ),
});

interface Place {
  readonly port: number;
  /** CDK's output folder. */
  readonly assembly: string;
  readonly stacks: readonly string[];
}

interface Resource {
  readonly type: string;
  readonly physicalId: string;
  readonly properties: Record<string, unknown>;
}

const resourcesOf = async (place: Place, stack: string): Promise<Resource[]> => {
  const client = new CloudFormationClient(clientConfig(place));
  const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName: stack }));
  const physicalIds = new Map(StackResources.map((known) => [known.LogicalResourceId, known.PhysicalResourceId]));
  const { Resources } = template.parse(
    JSON.parse(readFileSync(join(place.assembly, `${stack}.template.json`), 'utf8')),
  );
  return Object.entries(Resources).flatMap(([logicalId, { Type, Properties = {} }]) => {
    const physicalId = physicalIds.get(logicalId);
    return physicalId ? [{ type: Type, physicalId, properties: Properties }] : [];
  });
};

const setTtl = async (port: number, table: Resource): Promise<void> => {
  const specification = ttl.safeParse(table.properties.TimeToLiveSpecification);
  if (!specification.success) return;
  const client = new DynamoDBClient(clientConfig({ port }));
  const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName: table.physicalId }));
  if (TimeToLiveDescription?.TimeToLiveStatus === 'ENABLED') return;
  await client.send(
    new UpdateTimeToLiveCommand({ TableName: table.physicalId, TimeToLiveSpecification: specification.data }),
  );
};

const setRecovery = async (port: number, table: Resource): Promise<void> => {
  if (table.properties.PointInTimeRecoverySpecification === undefined) return;
  await new DynamoDBClient(clientConfig({ port })).send(
    new UpdateContinuousBackupsCommand({
      TableName: table.physicalId,
      PointInTimeRecoverySpecification: recovery.parse(table.properties.PointInTimeRecoverySpecification),
    }),
  );
};

const setLifecycle = async (port: number, bucket: Resource): Promise<void> => {
  if (bucket.properties.LifecycleConfiguration === undefined) return;
  const { Rules } = lifecycle.parse(bucket.properties.LifecycleConfiguration);
  await new S3Client({ ...clientConfig({ port }), forcePathStyle: true }).send(
    new PutBucketLifecycleConfigurationCommand({
      Bucket: bucket.physicalId,
      LifecycleConfiguration: {
        Rules: Rules.map(({ Id, Prefix = '', Status, ExpirationInDays, ...rest }) => ({
          ...(Id ? { ID: Id } : {}),
          ...(ExpirationInDays ? { Expiration: { Days: ExpirationInDays } } : {}),
          Filter: { Prefix },
          Status,
          ...rest,
        })),
      },
    }),
  );
};

const setCors = async (port: number, api: Resource): Promise<void> => {
  const configuration = cors.safeParse(api.properties.CorsConfiguration);
  if (!configuration.success) return;
  const { AllowCredentials, AllowHeaders, AllowMethods, AllowOrigins, ExposeHeaders, MaxAge } = configuration.data;
  const client = new ApiGatewayV2Client(clientConfig({ port }));
  await client.send(
    new UpdateApiCommand({
      ApiId: api.physicalId,
      CorsConfiguration: { AllowCredentials, AllowHeaders, AllowMethods, AllowOrigins, ExposeHeaders, MaxAge },
    }),
  );
};

export const fillEmulatorGaps = async (place: Place): Promise<void> => {
  const resources = (await Promise.all(place.stacks.map((stack) => resourcesOf(place, stack)))).flat();
  for (const resource of resources) {
    if (resource.type === 'AWS::DynamoDB::Table') {
      await setTtl(place.port, resource);
      await setRecovery(place.port, resource);
    }
    if (resource.type === 'AWS::S3::Bucket') await setLifecycle(place.port, resource);
    if (resource.type === 'AWS::ApiGatewayV2::Api') await setCors(place.port, resource);
  }
};
