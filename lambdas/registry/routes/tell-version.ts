// A version as the API tells it.
import { toTimestamp } from '../../shared/kernel/clock.ts';
import type { Version } from '../ports.ts';

export const tellVersion = (version: Version) => {
  const { validated, batchInput, rejection, publishedAtMs } = version;
  return {
    model: version.model,
    version: version.version,
    state: version.state,
    files: [version.file],
    ...(batchInput === undefined ? {} : { batchInput }),
    ...(validated
      ? {
          signature: validated.signature,
          artifact: { sha256: validated.artifact.sha256, sizeBytes: validated.artifact.sizeBytes },
          envelope: validated.envelope,
          lane: validated.lane,
        }
      : {}),
    ...(rejection ? { rejection } : {}),
    createdAt: toTimestamp(version.createdAtMs),
    updatedAt: toTimestamp(version.updatedAtMs),
    ...(publishedAtMs === undefined ? {} : { publishedAt: toTimestamp(publishedAtMs) }),
  };
};
