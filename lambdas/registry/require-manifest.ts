// Lets a version be called only as it was signed. Wired in gateway.ts.
import { DomainError } from '../shared/kernel/errors.ts';
import { type CheckPorts, checkManifest } from './check-manifest.ts';
import type { Version } from './ports.ts';

export interface RequireManifestPorts extends CheckPorts {
  readonly onInvalid: (figures: Readonly<Record<string, string>>) => void;
}

/** @throws DomainError manifest_invalid */
export const requireManifest = (ports: RequireManifestPorts) => async (version: Version) => {
  const verdict = await checkManifest(ports, version);
  if (verdict === 'proven' || verdict === 'unsigned') return;
  const { model, version: name } = version;
  ports.onInvalid({ model, version: name, verdict });
  throw new DomainError(
    'internal',
    'manifest_invalid',
    `what is kept of '${model}' ${name} is not what was signed when it was validated; it is not run, and the operator has been told`,
  );
};
