// registry-api: models, versions and aliases, and what consumers do with them.
import { createAuthenticator, createLimiter } from '../../accounts/gateway.ts';
import { createApi } from '../../shared/platform/api.ts';
import { documentClient } from '../../shared/platform/aws.ts';
import { readEnv } from '../../shared/platform/env.ts';
import { registryRoutes } from '../contract.ts';
import { huggingFaceErrorHeaders } from '../domain/hugging-face-errors.ts';
import { accessUseCases } from '../wiring/access.ts';
import { aliasUseCases } from '../wiring/aliases.ts';
import { cardUseCases } from '../wiring/cards.ts';
import { fileUseCases } from '../wiring/files.ts';
import { huggingFaceUseCases } from '../wiring/hugging-face.ts';
import { lifeUseCases } from '../wiring/life.ts';
import { manifestUseCases } from '../wiring/manifests.ts';
import { modelUseCases } from '../wiring/models.ts';
import { moderationUseCases } from '../wiring/moderation.ts';
import { registryApiEnv, registryParts } from '../wiring/parts.ts';
import { reviewUseCases } from '../wiring/reviews.ts';
import { subscriptionUseCases } from '../wiring/subscriptions.ts';
import { versionUseCases } from '../wiring/versions.ts';

const env = readEnv(registryApiEnv);
const parts = registryParts(env, documentClient());

export const handler = createApi({
  routes: registryRoutes,
  authenticate: createAuthenticator(env, documentClient()),
  limit: createLimiter(env, documentClient()),
  errorHeaders: huggingFaceErrorHeaders,
  useCases: {
    ...modelUseCases(parts),
    ...versionUseCases(parts),
    ...lifeUseCases(parts),
    ...aliasUseCases(parts),
    ...cardUseCases(parts),
    ...accessUseCases(parts),
    ...subscriptionUseCases(parts),
    ...reviewUseCases(parts),
    ...fileUseCases(parts),
    ...manifestUseCases(parts),
    ...huggingFaceUseCases(parts),
    ...moderationUseCases(parts),
  },
});
