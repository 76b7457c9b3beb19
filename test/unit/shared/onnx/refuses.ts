// What the scanner's tests share: a scan of whole bytes, a table of what is refused, and parts of models.
import { expect, it } from 'vitest';
import type { ScanRule } from '../../../../lambdas/shared/onnx/rejection.ts';
import { createModelScan } from '../../../../lambdas/shared/onnx/scan-model.ts';
import { attribute, block, graph, node } from '../../../support/onnx-builder.ts';

export const scan = (bytes: Uint8Array) => {
  const running = createModelScan();
  running.push(bytes);
  return running.finish();
};

export interface Attack {
  readonly why: string;
  readonly bytes: Uint8Array;
  readonly rule: ScanRule;
  /** Where the rejection points, when that is not the whole file. */
  readonly path?: string;
}

export const refuses = (attacks: readonly Attack[]) =>
  it.each(attacks)('refuses $why as $rule', ({ bytes, rule, path }) => {
    const report = scan(bytes);
    expect(report).toMatchObject({ ok: false, rejection: { rule, ...(path === undefined ? {} : { path }) } });
    if (report.ok) return;
    expect(report.rejection.message).not.toBe('');
    expect(report.rejection.offset).toBeGreaterThanOrEqual(0);
    expect(report.rejection.offset).toBeLessThanOrEqual(bytes.length);
  });

export const within = (inner: readonly number[]) => graph([node()], inner);
export const nodeWith = (...attributes: (readonly number[])[]) => graph([node({ attributes })]);

/** A graph that holds a graph that holds … in an attribute of its one node. */
export const nested = (depth: number, innermost: readonly number[]): number[] =>
  depth === 0
    ? [...innermost]
    : graph([node({ op: 'If', attributes: [attribute('then_branch', block(6, nested(depth - 1, innermost)))] })]);
