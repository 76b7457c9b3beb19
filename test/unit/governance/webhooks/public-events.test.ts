import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  publicEvents,
  publicTypeOf,
  subscribable,
  wants,
} from '../../../../lambdas/governance/domain/public-events.ts';
import { root } from '../../../../lib/root.ts';

describe('an event', () => {
  it.each([
    ['VersionValidated.v1', 'version.validated'],
    ['ModelPublished.v1', 'model.published'],
    ['VersionCompleted.v1', 'version.uploaded'],
    ['AccessRequestApproved.v2', 'access_request.approved'],
    ['versionValidated.v1', undefined],
    ['Tried.v1', undefined],
    ['VersionValidated', undefined],
    ['ModelStatsChanged.v1', undefined],
  ])('%s is told as %s', (detailType, type) => {
    expect(publicTypeOf(detailType)).toBe(type);
  });

  it('is in the list that webhooks choose from, each that a context sends', () => {
    const sent = globSync('lambdas/{accounts,registry,billing,inference}/**/*.ts', { cwd: root }).flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(/'((?:[A-Z][a-z0-9]*){2,}\.v\d+)'/g)].map(([, name]) => name),
    );
    const types = new Set(sent.map((name) => publicTypeOf(name ?? '')));
    expect(types).toContain('version.validated');
    const listed: readonly string[] = publicEvents.map(({ type }) => type);
    // What is not in `publicEvents` can only be had with all of its noun.
    expect([...types].filter((type) => type !== undefined && !listed.includes(type))).toEqual([]);
  });
});

describe('a webhook', () => {
  it.each([
    [['*'], true],
    [['version.*'], true],
    [['version.validated'], true],
    [['model.*', 'version.validated'], true],
    [['version.rejected', 'model.*'], false],
    [['versions.*'], false],
    [[], false],
  ])('that asked for %j is told of version.validated: %s', (events, told) => {
    expect(wants(events, 'version.validated')).toBe(told);
  });

  it('can ask for each type, for all of a noun, and for everything', () => {
    expect(subscribable).toEqual(expect.arrayContaining(['*', 'version.*', 'version.validated']));
    expect(new Set(subscribable).size).toBe(subscribable.length);
  });
});
