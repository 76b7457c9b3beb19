/** GET /v1/models/{model}/versions/{version}/files — what a version is made of, by path. */
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { type FindFilesPorts, findFiles } from './find-files.ts';

export const listFiles =
  (ports: FindFilesPorts): UseCase<typeof registryRoutes.listFiles> =>
  async ({ params, ...asking }) => {
    const { version, files } = await findFiles(ports, asking, { model: params.model, reference: params.version });
    const items = files.map(({ key: _, ...file }) => file);
    return { status: 200, body: { version: version.version, items, next: null } };
  };
