// registry-api: models, versions and aliases.
import { accountsEnv } from '../../accounts/contract.ts';
import { createAuthenticator, requireModel, requirePermission } from '../../accounts/gateway.ts';
import { createApi } from '../../shared/platform/api.ts';
import { documentClient } from '../../shared/platform/aws.ts';
import { readEnv } from '../../shared/platform/env.ts';
import { dynamoAliases, dynamoModels } from '../adapters/dynamo-models.ts';
import { dynamoVersions } from '../adapters/dynamo-versions.ts';
import { registryS3 } from '../adapters/s3-client.ts';
import { s3Uploads } from '../adapters/s3-uploads.ts';
import { registryEnv, registryRoutes, registryUploadsEnv } from '../contract.ts';
import type { RequirePricing } from '../ports.ts';
import { completeVersion } from '../routes/complete-version.ts';
import { createModel } from '../routes/create-model.ts';
import { createVersion } from '../routes/create-version.ts';
import { getAlias } from '../routes/get-alias.ts';
import { getModel } from '../routes/get-model.ts';
import { getVersion } from '../routes/get-version.ts';
import { listAliases } from '../routes/list-aliases.ts';
import { listModels } from '../routes/list-models.ts';
import { listVersions } from '../routes/list-versions.ts';
import { publishVersion } from '../routes/publish-version.ts';
import { updateModel } from '../routes/update-model.ts';

const env = readEnv(accountsEnv.extend({ ...registryEnv.shape, ...registryUploadsEnv.shape }));
const requirePricing: RequirePricing = (caller) => requirePermission(caller, 'models:price');
const ports = {
  models: dynamoModels(documentClient(), env.REGISTRY_TABLE),
  versions: dynamoVersions(documentClient(), env.REGISTRY_TABLE),
  aliases: dynamoAliases(documentClient(), env.REGISTRY_TABLE),
  uploads: s3Uploads(registryS3(), env.QUARANTINE_BUCKET),
  requireModel,
  requirePricing,
};

export const handler = createApi({
  routes: registryRoutes,
  authenticate: createAuthenticator(env),
  useCases: {
    createModel: createModel(ports),
    listModels: listModels(ports.models),
    getModel: getModel(ports.models),
    updateModel: updateModel(ports),
    createVersion: createVersion(ports),
    listVersions: listVersions(ports),
    getVersion: getVersion(ports),
    completeVersion: completeVersion(ports),
    publishVersion: publishVersion(ports),
    listAliases: listAliases(ports),
    getAlias: getAlias(ports),
  },
});
