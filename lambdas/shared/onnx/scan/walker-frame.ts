// An open message.
import type { FieldSpec } from './message-specs.ts';
import type { Extent, Sink } from './sink.ts';

export interface Frame {
  /** Indexed by field number. */
  readonly specs: readonly (FieldSpec | undefined)[];
  sink: Sink;
  readonly extent: Extent;
  readonly parent: Frame | undefined;
  /** Its own part of the path. */
  readonly label: string;
  /** Bit per number of a single field that has been met. */
  seen: number;
  oneofSeen: boolean;
  /** Number of a repeated message → how many were met. */
  readonly counts: Map<number, number>;
}

export const toFrame = (specs: Frame['specs'], opened: Pick<Frame, 'sink' | 'extent' | 'parent' | 'label'>): Frame => ({
  specs,
  ...opened,
  seen: 0,
  oneofSeen: false,
  counts: new Map(),
});

/** `graph.node[3].attribute[0].t`; empty for the model itself. */
export const pathOf = (innermost: Frame | undefined): string => {
  const labels: string[] = [];
  for (let frame = innermost; frame?.parent; frame = frame.parent) labels.unshift(frame.label);
  return labels.join('.');
};
