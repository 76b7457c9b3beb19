// What is kept of reports of abuse, and what operators do about them.

import type { Model } from '../ports.ts';
import type { reportDecisions, reportReasons, reportStates } from '../terms.ts';
import type { Act } from './act.ts';
import type { Review } from './reviews.ts';

export type ReportState = (typeof reportStates)[number];
export type ReportReason = (typeof reportReasons)[number];
export type ReportDecision = (typeof reportDecisions)[number];

export interface ReportTarget {
  readonly model: string;
  /** undefined: the model itself. */
  readonly review?: string | undefined;
}

/** One per account and target. */
export interface Report extends ReportTarget {
  /** `rpt_…` */
  readonly id: string;
  /** Who reports: told to operators alone. */
  readonly accountId: string;
  readonly reportedBy: string;
  readonly reason: ReportReason;
  readonly text?: string | undefined;
  readonly state: ReportState;
  readonly resolution?: ReportResolution | undefined;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface ReportResolution {
  readonly decision: ReportDecision;
  readonly reason: string;
  /** The operator, `usr_…`. */
  readonly by: string;
  readonly atMs: number;
}

/** What a resolution does besides, in the same transaction. */
export type Consequence =
  | { readonly kind: 'hide'; readonly before: Review; readonly after: Review; readonly owner: string }
  /** The model with its suspension. */
  | { readonly kind: 'suspend'; readonly model: Model };

export interface ReportStore {
  /** Strongly consistent. */
  find(id: string): Promise<Report | undefined>;
  /** Of an account on a target. Strongly consistent. */
  findOf(target: ReportTarget, accountId: string): Promise<Report | undefined>;
  /** @returns false when the account has reported the target before: nothing was changed */
  file(report: Report): Promise<boolean>;
  /** Oldest first, strongly consistent. @param after - the id of the last one before */
  walk(state: ReportState, after: string | undefined): AsyncIterable<Report>;
  /** Writes the report as resolved, with what comes of it. @returns false when another write came in between: nothing was changed */
  resolve(report: Report, consequence: Consequence | undefined, act: Act): Promise<boolean>;
}

/** Keeps models from everybody, or gives them back. */
export interface SuspensionStore {
  /** Writes the model as it shall be, suspended or not, and tells of it. @returns as above */
  save(model: Model, act: Act): Promise<boolean>;
}
