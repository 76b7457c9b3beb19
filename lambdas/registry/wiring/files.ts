// The use cases of api/files.ts, over the registry's stores.
import type { UseCases } from '../../shared/platform/route.ts';
import type { fileRoutes } from '../api/files.ts';
import { downloadFile } from '../routes/download-file.ts';
import { listFiles } from '../routes/list-files.ts';
import type { RegistryParts } from './parts.ts';

type Ports = Pick<
  RegistryParts,
  'access' | 'models' | 'versions' | 'published' | 'aliases' | 'health' | 'counts' | 'linkDownload'
>;

export const fileUseCases = (parts: Ports): UseCases<typeof fileRoutes> => ({
  listFiles: listFiles(parts),
  downloadFile: downloadFile(parts),
});
