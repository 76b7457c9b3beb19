/** GET /hf/api/whoami-v2 — whose token it is. GET …/auth-check — whether the files may be taken. */
import type { UseCase } from '../../../shared/platform/route.ts';
import type { registryRoutes } from '../../contract.ts';
import { requireFiles } from '../find-files.ts';
import type { GiveFilePorts } from '../give-file.ts';
import { findRepo, type RepoPorts } from './find-repo.ts';

export const whoAmI =
  (): UseCase<typeof registryRoutes.hfWhoAmI> =>
  async ({ caller }) => {
    const { accountId, handle, via, keyId, scopes } = caller;
    const writes = scopes === undefined || scopes.includes('models:write');
    return {
      status: 200,
      body: {
        type: 'user' as const,
        id: accountId,
        name: handle ?? accountId,
        orgs: [],
        auth: {
          type: 'access_token' as const,
          accessToken: { displayName: keyId ?? via, role: writes ? ('write' as const) : ('read' as const) },
        },
      },
    };
  };

export const checkAccess =
  (
    ports: Pick<RepoPorts, 'models' | 'cards'> & Pick<GiveFilePorts, 'access'>,
  ): UseCase<typeof registryRoutes.hfCheckAccess> =>
  async ({ caller, params, nowMs }) => {
    const { model, accountId } = await findRepo(ports, caller, params);
    await requireFiles(ports.access, { model, accountId, caller }, nowMs);
    return { status: 200, body: {} };
  };
