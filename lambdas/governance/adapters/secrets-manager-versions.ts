// SecretVersions in Secrets Manager.
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { originSecret } from '../../shared/platform/origin-secret.ts';
import type { SecretVersions } from '../ports.ts';

const CURRENT = 'AWSCURRENT';
const PENDING = 'AWSPENDING';

export const secretsManagerVersions = (client: SecretsManagerClient, secretId: string): SecretVersions => ({
  read: async (versionId) => {
    try {
      const { SecretString } = await client.send(
        new GetSecretValueCommand({ SecretId: secretId, VersionId: versionId }),
      );
      return originSecret.parse(JSON.parse(SecretString ?? ''));
    } catch (fault) {
      // Secrets Manager makes the version's id before there is anything in it.
      if (fault instanceof ResourceNotFoundException) return undefined;
      throw fault;
    }
  },

  writePending: async (versionId, secret) => {
    await client.send(
      new PutSecretValueCommand({
        SecretId: secretId,
        ClientRequestToken: versionId,
        SecretString: JSON.stringify(secret),
        VersionStages: [PENDING],
      }),
    );
  },

  makeCurrent: async (versionId) => {
    const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId: secretId }));
    const current = Object.entries(VersionIdsToStages).find(([, stages]) => stages.includes(CURRENT))?.[0];
    if (current === versionId) return;
    await client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: secretId,
        VersionStage: CURRENT,
        MoveToVersionId: versionId,
        ...(current ? { RemoveFromVersionId: current } : {}),
      }),
    );
  },
});
