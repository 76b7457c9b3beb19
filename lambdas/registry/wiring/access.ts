// The use cases of api/access.ts, over the registry's stores.
import { createGranteeFinder } from '../../accounts/gateway.ts';
import type { UseCases } from '../../shared/platform/route.ts';
import type { accessRoutes } from '../api/access.ts';
import {
  type AccessReads,
  getAccessRequest,
  listAccessRequests,
  listMyAccess,
  listShares,
} from '../routes/access-requests.ts';
import {
  type AccessPorts,
  approveAccess,
  declineAccess,
  rejectAccess,
  requestAccess,
  revokeAccess,
  shareModel,
  unshareModel,
} from '../routes/decide-access.ts';
import { acceptTerms, getTerms, removeTerms, setTerms, type TermsPorts } from '../routes/model-terms.ts';
import type { RegistryParts } from './parts.ts';

export const accessUseCases = (parts: RegistryParts): UseCases<typeof accessRoutes> =>
  accessUseCasesOf({ ...parts, findAccount: createGranteeFinder(parts.env, parts.client) });

export const accessUseCasesOf = (ports: AccessPorts & AccessReads & TermsPorts): UseCases<typeof accessRoutes> => ({
  requestAccess: requestAccess(ports),
  listAccessRequests: listAccessRequests(ports),
  getAccessRequest: getAccessRequest(ports),
  listMyAccess: listMyAccess(ports),
  declineAccess: declineAccess(ports),
  approveAccess: approveAccess(ports),
  rejectAccess: rejectAccess(ports),
  revokeAccess: revokeAccess(ports),
  shareModel: shareModel(ports),
  listShares: listShares(ports),
  unshareModel: unshareModel(ports),
  setTerms: setTerms(ports),
  getTerms: getTerms(ports),
  acceptTerms: acceptTerms(ports),
  removeTerms: removeTerms(ports),
});
