// The use cases of api/aliases.ts, over the registry's stores.
import type { UseCases } from '../../shared/platform/route.ts';
import type { aliasRoutes } from '../api/aliases.ts';
import { deleteAlias } from '../routes/delete-alias.ts';
import { getAlias } from '../routes/get-alias.ts';
import { listAliases } from '../routes/list-aliases.ts';
import { rollBackAlias } from '../routes/roll-back-alias.ts';
import { setAlias } from '../routes/set-alias.ts';
import type { RegistryParts } from './parts.ts';

export const aliasUseCases = (parts: RegistryParts): UseCases<typeof aliasRoutes> => ({
  listAliases: listAliases(parts),
  getAlias: getAlias(parts),
  setAlias: setAlias(parts),
  rollBackAlias: rollBackAlias(parts),
  deleteAlias: deleteAlias(parts),
});
