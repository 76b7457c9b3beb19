/** Finds the version that a /v2 path names; a missing one is told in the words that Open Inference clients look for. */
import type { PublishedModels, PublishedVersion } from '../../registry/contract.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import { modelNamePattern } from '../../shared/kernel/ids.ts';

export interface ModelReference {
  readonly model: string;
  /** A version, an alias or a range; undefined: `latest`. */
  readonly reference: string | undefined;
  /** undefined: nobody signed in. */
  readonly accountId: string | undefined;
  /** To call it, not only to look at it. */
  readonly toUse?: boolean;
  /** Who is given the same version of a split alias again. */
  readonly caller: string;
}

/** @throws DomainError model_not_found, version_not_found, model_not_ready, version_quarantined, alias_without_target */
export const resolveModel = async (models: PublishedModels, wanted: ModelReference): Promise<PublishedVersion> => {
  const reference = wanted.reference === undefined ? undefined : decodeSegment(wanted.reference);
  return inProtocolWords({ ...wanted, reference }, () => models.resolve({ ...wanted, reference }));
};

/** Highest first. @throws DomainError model_not_found */
export const versionsOf = async (models: PublishedModels, wanted: ModelReference): Promise<readonly string[]> =>
  inProtocolWords(wanted, () => models.versions(wanted));

const inProtocolWords = async <T>(wanted: ModelReference, find: () => Promise<T>): Promise<T> => {
  const { model, reference } = wanted;
  // A name that no model can have is as missing as any other.
  if (!modelNamePattern.test(model)) throw unknownModel(model);
  try {
    return await find();
  } catch (fault) {
    if (!(fault instanceof DomainError)) throw fault;
    if (fault.code === 'model_not_found') throw unknownModel(model);
    if (fault.code === 'version_not_found') {
      throw new DomainError(
        'not_found',
        'version_not_found',
        `Request for unknown model: '${model}' version ${(reference ?? 'latest').slice(0, 100)} is not found`,
      );
    }
    throw fault;
  }
};

const unknownModel = (model: string) =>
  new DomainError('not_found', 'model_not_found', `Request for unknown model: '${model}' is not found`);

/** Gateways differ in whether a path arrives decoded; no version, alias or range holds a percent sign itself. */
const decodeSegment = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
};
