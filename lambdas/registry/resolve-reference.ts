// Which version a reference stands for, to who asks: one rule for calls and for files.
import { DomainError } from '../shared/kernel/errors.ts';
import { targetsFor } from './choose-target.ts';
import { LATEST } from './domain/alias-name.ts';
import { highestIn, readReference } from './domain/find-reference.ts';
import { nextLatest } from './domain/next-latest.ts';
import { noVersion } from './domain/visibility.ts';
import type { AliasSplit } from './ports/aliases.ts';
import type { CallableVersion, Model, Version } from './ports.ts';

export interface Referring {
  readonly model: Model;
  /** A version, an alias or a range. */
  readonly reference: string;
  /** Who is to be given the same version of a split alias again. */
  readonly caller: string;
}

export interface ReferenceReads {
  /** Of an alias other than `latest`, which stands in the model. */
  readonly splitOf: (alias: string) => Promise<AliasSplit | undefined>;
  /** Versions that a call may be led to, highest first. */
  readonly sound: () => Promise<readonly CallableVersion[]>;
  /** A version, or why it is not given. */
  readonly look: (version: string) => Promise<Version | DomainError>;
}

/** @throws DomainError version_not_found, alias_without_target (of several none is given), or what `look` says of the only one */
export const resolveReference = async (referring: Referring, reads: ReferenceReads): Promise<Version> => {
  const { model, reference } = referring;
  const versions = await versionsOf(referring, reads);
  const refusals: DomainError[] = [];
  for (const version of versions) {
    const looked = await reads.look(version);
    if (!(looked instanceof DomainError)) return looked;
    refusals.push(looked);
  }
  // What the clock will have `latest` name, once it has retired what is at the end of its notice.
  const next = reference === LATEST && isOver(refusals) ? nextLatest(await reads.sound()) : undefined;
  const looked = next === undefined ? undefined : await reads.look(next);
  if (looked && !(looked instanceof DomainError)) return looked;
  throw versions.length > 1 ? noTarget(referring, versions) : (refusals[0] ?? noVersion(model.name, reference));
};

/** Versions that the reference may stand for, the caller's own first; of an alias several, any of which will do. */
const versionsOf = async (
  { model, reference: text, caller }: Referring,
  { splitOf, sound }: ReferenceReads,
): Promise<readonly string[]> => {
  const reference = readReference(text);
  if (reference?.kind === 'version') return [reference.version];
  if (reference?.kind === 'range') {
    const names = (await sound()).map(({ version }) => version);
    const highest = highestIn(reference.range, names);
    return highest === undefined ? [] : [highest];
  }
  if (!reference) return [];
  const { alias } = reference;
  const split = alias === LATEST ? latestOf(model) : await splitOf(alias);
  return split ? targetsFor({ model: model.name, alias, split, caller }) : [];
};

const latestOf = ({ latestVersion: version, latestSplit }: Model): AliasSplit | undefined =>
  latestSplit ?? (version === undefined ? undefined : { targets: [{ version, weight: 1 }], moveCount: 0 });

/** All that the alias named has come to its end; what named nothing stays so. */
const isOver = (refusals: readonly DomainError[]): boolean =>
  refusals.length > 0 && refusals.every(({ code }) => code === 'version_retired');

const noTarget = ({ model, reference }: Referring, versions: readonly string[]) =>
  new DomainError(
    'conflict',
    'alias_without_target',
    `none of the versions that alias '${reference}' of '${model.name}' names can be called: ${versions.join(', ')} are retired or quarantined; name another version`,
  );
