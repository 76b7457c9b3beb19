/** Around the call of a model: counts for its account how it went, by the figures that it left. */
import { DomainError } from '../../shared/kernel/errors.ts';
import type { Caller } from '../../shared/platform/caller.ts';
import type { CallStatistics } from '../domain/call-statistics.ts';

interface CountedRequest {
  readonly caller: Caller;
  readonly nowMs: number;
  readonly arrivedMs: number;
  readonly figures?: Record<string, string | number | boolean | undefined>;
}

/** @param nowMs - epoch milliseconds */
export const countCalls =
  (statistics: CallStatistics, nowMs: () => number) =>
  <R extends CountedRequest, A>(call: (request: R) => Promise<A>) =>
  async (request: R): Promise<A> => {
    const figures = request.figures ?? {};
    const of = (name: string) => (typeof figures[name] === 'number' ? figures[name] : 0);
    const count = (ok: boolean) => {
      const { model, version } = figures;
      // Without them it was refused before it was any version's.
      if (typeof model !== 'string' || typeof version !== 'string') return;
      const totalMs = nowMs() - request.arrivedMs;
      const times = {
        totalMs,
        queueMs: of('queueMs'),
        parseMs: of('parseMs'),
        runMs: of('runMs'),
        encodeMs: of('encodeMs'),
      };
      statistics.count({
        accountId: request.caller.accountId,
        model,
        version,
        atMs: request.nowMs,
        result: ok ? { ok, rows: of('rows'), times } : { ok, totalMs },
      });
    };
    try {
      const answer = await call({ ...request, figures });
      count(true);
      return answer;
    } catch (fault) {
      if (fault instanceof DomainError) count(false);
      throw fault;
    }
  };
