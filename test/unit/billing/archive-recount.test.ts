// A recount and the archiver at one day: its sums are made from events that are there, or it is refused.
import { describe, expect, it } from 'vitest';
import { type ArchivePorts, archiveDay } from '../../../lambdas/billing/domain/archive-events.ts';
import { recount } from '../../../lambdas/billing/domain/audit/recount.ts';
import type { ArchivedDay } from '../../../lambdas/billing/domain/kept.ts';

const DAY = '2026-03-05';
const MINUTE = `${DAY}T10:20`;

/** A day without events in a table that keeps what is done to it. */
const makeDay = () => {
  const marked = new Set<string>();
  const done: string[] = [];
  let record: ArchivedDay | undefined;
  const ports: ArchivePorts = {
    usage: { sums: async () => [] },
    events: {
      ofMinute: async () => [],
      remove: async () => {
        done.push('remove');
      },
    },
    objects: {
      write: async (_, lines) => {
        for await (const line of lines) done.push(line);
        done.push('write');
        return { key: 'events/1', versionId: '1', sha256: '0', byteCount: 0 };
      },
      read: async () => (async function* () {})(),
      faultOfLatest: async () => undefined,
    },
    archive: {
      due: async () => [],
      done: async () => {},
      find: async () => record,
      record: async (_, archived) => {
        record = archived;
        return archived;
      },
      setEmptied: async () => {
        if (record) record = { ...record, emptied: true };
      },
    },
    open: { list: async (_, prefix = '') => [...marked].filter((one) => one.startsWith(prefix)) },
  };
  const mark = async (...[, period]: string[]) => {
    marked.add(String(period));
  };
  const recounts = { open: { mark }, months: { mark }, archive: ports.archive };
  return { ports, recounts, marked, done };
};

describe('a day that is counted again', () => {
  it('is neither copied nor deleted while a period of it is open', async () => {
    const { ports, recounts, marked, done } = makeDay();
    await recount(recounts, 'acc_1', MINUTE);
    expect(await archiveDay(ports, 'acc_1', DAY)).toBeUndefined();
    expect(done).toEqual([]);
    marked.clear();
    expect(await archiveDay(ports, 'acc_1', DAY)).toMatchObject({ emptied: true });
    expect(done).toEqual(['write', 'remove']);
  });

  it('keeps its events when the recount came while they were copied', async () => {
    const { ports, recounts, done } = makeDay();
    const write: typeof ports.objects.write = async (...args) => {
      await recount(recounts, 'acc_1', MINUTE);
      return ports.objects.write(...args);
    };
    expect(await archiveDay({ ...ports, objects: { ...ports.objects, write } }, 'acc_1', DAY)).toBeUndefined();
    expect(done).toEqual(['write']);
  });

  it('marks no minute when the archiver came between its first look and its mark', async () => {
    const { ports, recounts, marked } = makeDay();
    const mark = async (...args: string[]) => {
      if (marked.size === 0) await archiveDay(ports, 'acc_1', DAY);
      await recounts.open.mark(...args);
    };
    await expect(recount({ ...recounts, open: { mark } }, 'acc_1', MINUTE)).rejects.toThrow('are in the archive');
    expect([...marked]).not.toContain(MINUTE);
  });
});
