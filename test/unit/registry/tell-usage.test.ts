// What is told of a model's use: numbers, and never of a caller who would be known by them.
import { describe, expect, it } from 'vitest';
import { LEAST_CALLERS_TOLD } from '../../../lambdas/registry/domain/count-usage.ts';
import type { Model } from '../../../lambdas/registry/ports.ts';
import { tellModel } from '../../../lambdas/registry/routes/tell-model.ts';
import { usage } from '../../../lambdas/registry/stats-wire.ts';

const model: Model = {
  name: 'acme.iris',
  ownerAccountId: 'acc_acme',
  summary: 'Which iris?',
  description: undefined,
  task: 'other',
  license: 'MIT',
  tags: [],
  visibility: 'public',
  price: { perCallMicros: '0', perRowMicros: '0', version: 1 },
  latestVersion: '1.0.0',
  publishedCount: 1,
  revision: 1,
  createdAtMs: 1,
  updatedAtMs: 1,
};
const stats = { ratingCount: 0, ratingSum: 0, starCounts: [0, 0, 0, 0, 0], callCount: 120, downloadCount: 3 };
const told = (callerCount: number, callCount = stats.callCount) =>
  usage.parse(tellModel(model, { ...stats, callCount, callerCount }).usage);

describe('the use of a model', () => {
  it('is told as calls, callers and downloads', () => {
    expect(told(17)).toEqual({ callCount: 120, callerCount: 17, downloadCount: 3 });
  });

  it('keeps the number of callers to itself while they are few', () => {
    expect(told(LEAST_CALLERS_TOLD).callerCount).toBe(LEAST_CALLERS_TOLD);
    for (let callers = 0; callers < LEAST_CALLERS_TOLD; callers++) expect(told(callers).callerCount).toBeNull();
  });

  it('is nothing where nobody used it, and never less', () => {
    expect(tellModel(model, undefined).usage).toEqual({ callCount: 0, callerCount: null, downloadCount: 0 });
    // A minute that was counted again, told before what it was counted as at first.
    expect(told(1, -2).callCount).toBe(0);
  });
});
