// The use cases of api/hugging-face.ts, over the registry's stores.
import type { UseCases } from '../../shared/platform/route.ts';
import type { huggingFaceRoutes } from '../api/hugging-face.ts';
import { getRepo, getRevision } from '../routes/hugging-face/get-repo.ts';
import { listCommits } from '../routes/hugging-face/list-commits.ts';
import { listRefs } from '../routes/hugging-face/list-refs.ts';
import { listRepos } from '../routes/hugging-face/list-repos.ts';
import { listFolder, listPaths, listTree } from '../routes/hugging-face/list-tree.ts';
import { resolveFile } from '../routes/hugging-face/resolve-file.ts';
import { checkAccess, whoAmI } from '../routes/hugging-face/who-am-i.ts';
import type { RegistryParts } from './parts.ts';

type Ports = Pick<
  RegistryParts,
  | 'access'
  | 'models'
  | 'directory'
  | 'index'
  | 'unlisted'
  | 'cards'
  | 'versions'
  | 'published'
  | 'aliases'
  | 'health'
  | 'counts'
  | 'linkDownload'
>;

export const huggingFaceUseCases = (parts: Ports): UseCases<typeof huggingFaceRoutes> => ({
  hfListModels: listRepos(parts),
  hfWhoAmI: whoAmI(),
  hfGetModel: getRepo(parts),
  hfGetRevision: getRevision(parts),
  hfListRefs: listRefs(parts),
  hfListCommits: listCommits(parts),
  hfListTree: listTree(parts),
  hfListFolder: listFolder(parts),
  hfListPaths: listPaths(parts),
  hfCheckAccess: checkAccess(parts),
  hfResolveFile: resolveFile(parts),
});
