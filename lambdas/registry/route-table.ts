// The routes of the registry. In a file of their own: functions that only look versions up do without them.
import { accessRoutes } from './api/access.ts';
import { aliasRoutes } from './api/aliases.ts';
import { cardRoutes } from './api/cards.ts';
import { exampleRoutes } from './api/examples.ts';
import { fileRoutes } from './api/files.ts';
import { huggingFaceRoutes } from './api/hugging-face.ts';
import { lifeRoutes } from './api/life.ts';
import { manifestRoutes } from './api/manifests.ts';
import { modelRoutes } from './api/models.ts';
import { moderationRoutes } from './api/moderation.ts';
import { reviewRoutes } from './api/reviews.ts';
import { subscriptionRoutes } from './api/subscriptions.ts';
import { versionRoutes } from './api/versions.ts';

export const registryRoutes = {
  ...modelRoutes,
  ...versionRoutes,
  ...lifeRoutes,
  ...aliasRoutes,
  ...cardRoutes,
  ...accessRoutes,
  ...subscriptionRoutes,
  ...reviewRoutes,
  ...fileRoutes,
  ...manifestRoutes,
  ...exampleRoutes,
  ...huggingFaceRoutes,
  ...moderationRoutes,
};
