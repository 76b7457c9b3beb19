// What retiring makes of a version, its model and alias `latest`, and when it is too early for it.
import { DomainError } from '../../shared/kernel/errors.ts';
import type { Act, Retirement } from '../ports/act.ts';
import type { Alias, MemberRole } from '../ports/aliases.ts';
import type { CallableVersion, Model, Version } from '../ports.ts';
import { LATEST } from './alias-name.ts';
import { requireMayEnd } from './alias-protection.ts';
import { changeAlias, pointLatest, weighted, withLatest } from './move-alias.ts';
import { nextLatest } from './next-latest.ts';
import { isSunset } from './notice.ts';
import { nextState } from './version-state.ts';

export interface RetireRequest {
  readonly version: Version;
  readonly model: Model;
  /** Versions of the model that a call may be led to, highest first. */
  readonly sound: readonly CallableVersion[];
  /** With those that are quarantined, or at the end of their notice. */
  readonly callable: readonly CallableVersion[];
  readonly aliases: readonly Alias[];
  /** Whether anybody but the owner may be calling it. */
  readonly othersMayCall: boolean;
  readonly rule: Retirement['rule'];
  /** Of the account's member who asks for it; undefined: nobody does. */
  readonly role?: MemberRole | undefined;
  readonly act: Act;
}

export interface RetireChange {
  readonly version: Version;
  readonly model: Model;
  /** Given when alias `latest` moves. Where nothing is left for it to name, it keeps what it named, and who may move it. */
  readonly latest: Alias | undefined;
}

/**
 * @returns undefined when the version is retired already
 * @throws DomainError version_state_forbids, notice_required, version_in_use, permission_denied
 */
export const retireVersion = (request: RetireRequest, nowMs: number): RetireChange | undefined => {
  const { version, model, aliases, rule, role, act } = request;
  const state = nextState(version.state, 'retire');
  if (state === undefined) return undefined;
  if (rule === 'publisher') refuseEarly(request, nowMs);
  if (role !== undefined) requireMayEnd(version.version, aliases, { role });
  const wasPublished = version.publishedAtMs !== undefined;
  const successor = version.deprecation?.successor;
  const reason = act.reason ?? version.deprecation?.reason ?? '';
  const latest = movedLatest(request, nowMs);
  return {
    version: {
      ...version,
      state,
      retirement: { atMs: nowMs, successor, reason, rule, by: act.by },
      revision: version.revision + 1,
      updatedAtMs: nowMs,
    },
    model: withMoved(
      {
        ...model,
        publishedCount: model.publishedCount - (wasPublished ? 1 : 0),
        retiredCount: (model.retiredCount ?? 0) + (wasPublished ? 1 : 0),
      },
      latest,
      nowMs,
    ),
    latest: latest === 'none' ? undefined : latest,
  };
};

/** `none`: nothing is left for it to name; undefined: it stays. */
type Moved = Alias | 'none' | undefined;

const withMoved = (model: Model, latest: Moved, nowMs: number): Model => {
  if (latest && latest !== 'none') return withLatest(model, latest, nowMs);
  const changed = { ...model, revision: model.revision + 1, updatedAtMs: nowMs };
  return latest === 'none' ? { ...changed, latestVersion: undefined, latestSplit: undefined } : changed;
};

/** What it named besides goes on; where that is nothing, the platform chooses. */
const movedLatest = (request: RetireRequest, nowMs: number): Moved => {
  const { version, model, aliases } = request;
  const before = aliases.find(({ alias }) => alias === LATEST);
  if (!before?.targets.some((target) => target.version === version.version)) return undefined;
  const rest = before.targets.filter((target) => target.version !== version.version);
  if (weighted(rest).length > 0) return changeAlias(before, before, { ...before, targets: rest }, nowMs);
  const isOther = (one: CallableVersion) => one.version !== version.version;
  const next = nextLatest(request.sound.filter(isOther)) ?? nextLatest(request.callable.filter(isOther));
  return next === undefined ? 'none' : pointLatest(before, model.name, next, nowMs);
};

const refuseEarly = ({ version, model, aliases, othersMayCall }: RetireRequest, nowMs: number) => {
  const named = aliases.filter(
    (one) => one.alias !== LATEST && one.targets.some((target) => target.version === version.version),
  );
  if (named.length > 0) {
    const names = named.map(({ alias }) => `'${alias}'`).join(', ');
    throw new DomainError(
      'conflict',
      'version_in_use',
      `'${version.version}' is still named by ${named.length === 1 ? 'alias' : 'aliases'} ${names}: move ${named.length === 1 ? 'it' : 'them'} to another version first`,
    );
  }
  if (version.state === 'validated' || !othersMayCall || isSunset(version, nowMs)) return;
  const mend = version.deprecation
    ? `its notice ends at ${new Date(version.deprecation.sunsetAtMs).toISOString()}, and it is retired then by itself`
    : `deprecate it with a date first (POST /v1/models/${model.name}/versions/${version.version}/deprecate); it is retired then by itself`;
  throw new DomainError(
    'conflict',
    'notice_required',
    `others may be calling '${model.name}' ${version.version}: ${mend}`,
  );
};
