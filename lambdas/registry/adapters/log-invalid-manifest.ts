// Tells the operator of a version that is not what was signed: an alarm looks at the figure (lib/contexts/registry/registry-renewal.ts).
import { logWork } from '../../shared/platform/log.ts';

export const logInvalidManifest = (figures: Readonly<Record<string, string>>): void =>
  logWork('manifest', { ...figures, manifestFailures: 1 }, ['manifestFailures']);
