// What an alias is, and what is told of a change of it.
import type { MemberRole } from '../../shared/platform/caller.ts';
import type { Act } from './act.ts';

export type { MemberRole };

export interface AliasTarget {
  readonly version: string;
  /** An integer; of all weights together, its share of the callers. */
  readonly weight: number;
}

/** Which version a caller is given: its side is settled by who it is, and by these. */
export interface AliasSplit {
  /** At least one, and at least one of a weight above 0; heaviest first. */
  readonly targets: readonly AliasTarget[];
  /** Counts the changes of the targets; a caller keeps its side while it stays. */
  readonly moveCount: number;
}

/** What an alias named before. */
export interface AliasSetting extends AliasSplit {
  readonly pinned: boolean;
  readonly sinceMs: number;
  readonly untilMs: number;
}

export interface Alias extends AliasSplit {
  readonly model: string;
  readonly alias: string;
  /** The heaviest target: what the alias is told to name where only one version can be told. */
  readonly version: string;
  /** Moved by hand only. Of `latest` alone it may be false: publishing moves that. */
  readonly pinned: boolean;
  /** Members who may move it; undefined: all who may move aliases. */
  readonly protectedRoles: readonly MemberRole[] | undefined;
  /** Newest first: what rolling back leads back to. */
  readonly history: readonly AliasSetting[];
  /** Since when it names these targets. */
  readonly sinceMs: number;
  readonly revision: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** What is told of a change of an alias. */
export interface AliasChange {
  readonly type: 'AliasMoved.v1' | 'AliasChanged.v1' | 'AliasDeleted.v1';
  /** What led to it. */
  readonly how: 'set' | 'rollback' | 'delete';
  readonly before: Alias | undefined;
  readonly act: Act;
  readonly nowMs: number;
}

/** `changed`: another write came between; `target`: one of its versions may no longer be called; `limit`: too many. */
export type AliasOutcome = 'saved' | 'changed' | 'target' | 'limit';
