// The secret by which CloudFront proves itself to the functions. It lies with CloudFront in the edge stack, which comes
// last and may be missing: functions know it by its name, and believe no CloudFront while it is not there.
import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Stage } from '../config/read-stage.ts';
import type { ServiceFunction } from '../constructs/service-function.ts';
import { resourceName } from './surroundings.ts';

export const originSecretName = (stage: Stage): string => resourceName(stage, 'origin');

export const grantReadingOriginSecret = (reader: ServiceFunction, stage: Stage): void => {
  reader.allow({
    actions: ['secretsmanager:GetSecretValue'],
    resources: [
      Stack.of(reader).formatArn({
        service: 'secretsmanager',
        resource: 'secret',
        // Secrets Manager ends each name with six characters of its own.
        resourceName: `${originSecretName(stage)}-??????`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    ],
  });
};
