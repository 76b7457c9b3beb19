// The scheduled audit: once a day through the whole table, in as many runs as it takes.
import type { AuditProgressStore } from '../../ports.ts';
import { type AuditReport, auditParts, type TablePorts } from './audit-table.ts';

/** An hour short of a day, so that a run that is started late does not make the next one a day later. */
const AUDIT_EVERY_MS = 23 * 3_600_000;
/** With a run's own time still less than the function's time-out. */
const ACCOUNT_MS = 240_000;

/** A run's figures; its findings were told part by part. */
export interface RunFigures extends Omit<AuditReport, 'findings'> {
  readonly findingCount: number;
  readonly notAuditedCount: number;
}

/**
 * @param request.tell - told of each part before the part counts as done: a run that dies tells it again, and never not
 * @returns what this run found, or undefined when today's audit is through
 */
export const auditInParts = async (
  ports: TablePorts & { readonly progress: AuditProgressStore },
  request: {
    readonly deadlineMs: number;
    readonly clock: () => number;
    readonly tell: (part: AuditReport) => void;
  },
): Promise<RunFigures | undefined> => {
  const { deadlineMs, clock, tell } = request;
  const nowMs = clock();
  const known = await ports.progress.find();
  if (known?.finished && nowMs - known.startedAtMs < AUDIT_EVERY_MS) return undefined;
  const goesOn = known && !known.finished ? known : undefined;
  const startedAtMs = goesOn?.startedAtMs ?? nowMs;
  let run: RunFigures = {
    accountCount: 0,
    eventCount: 0,
    differenceMicros: 0n,
    undecidedMicros: 0n,
    findingCount: 0,
    notAuditedCount: 0,
    next: goesOn?.after,
  };
  const parts = { full: false, rota: true, after: goesOn?.after, accountMs: ACCOUNT_MS, deadlineMs, clock };
  for await (const part of auditParts(ports, parts)) {
    tell(part);
    await ports.progress.set({ startedAtMs, finished: part.next === undefined, after: part.next });
    run = {
      accountCount: run.accountCount + part.accountCount,
      eventCount: run.eventCount + part.eventCount,
      differenceMicros: run.differenceMicros + part.differenceMicros,
      undecidedMicros: run.undecidedMicros + part.undecidedMicros,
      findingCount: run.findingCount + part.findings.length,
      notAuditedCount: run.notAuditedCount + part.findings.filter(({ check }) => check === 'not_audited').length,
      next: part.next,
    };
  }
  return run;
};
