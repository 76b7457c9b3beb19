// governance-rotate-origin: changes the secret by which CloudFront proves itself, when Secrets Manager says so.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFrontClient } from '@aws-sdk/client-cloudfront';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SECRET_KEPT_MS } from '../../shared/platform/client-address.ts';
import { readEnv } from '../../shared/platform/env.ts';
import { logWork } from '../../shared/platform/log.ts';
import { cloudFront } from '../adapters/cloud-front.ts';
import { secretsManagerVersions } from '../adapters/secrets-manager-versions.ts';
import { rotateOriginEnv } from '../contract.ts';
import { rotateOrigin, rotationEvent } from '../routes/rotate-origin.ts';

const env = readEnv(rotateOriginEnv);

const rotate = rotateOrigin({
  versions: secretsManagerVersions(new SecretsManagerClient({}), env.ORIGIN_SECRET),
  front: cloudFront(new CloudFrontClient({}), env.DISTRIBUTION_ID),
  newValue: () => randomBytes(32).toString('hex'),
  // Half a cache's life more, for clocks that run apart.
  waitForFunctions: () => sleep(SECRET_KEPT_MS * 1.5),
});

export const handler = async (event: unknown): Promise<void> => {
  const startedMs = Date.now();
  await rotate(event);
  logWork('rotate-origin', { step: rotationEvent.parse(event).Step, durationMs: Date.now() - startedMs });
};
