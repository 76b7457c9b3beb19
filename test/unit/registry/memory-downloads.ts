// Downloads counted in memory, by the same rule as in the table; addresses that say what they lead to.
import type { DownloadCounts, LinkDownload } from '../../../lambdas/registry/ports/downloads.ts';

const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);

export const memoryDownloads = () => {
  const marks = new Map<string, { readonly model: string; readonly day: string }>();
  const counted = (model: string, fromDay: string) =>
    [...marks.values()].filter((mark) => mark.model === model && mark.day >= fromDay).length;
  const counts: DownloadCounts = {
    count: async ({ model, version, countedAs, nowMs }) => {
      const day = dayOf(nowMs);
      marks.set(`${day} ${model} ${version} ${countedAs}`, { model, day });
    },
    since: async (model, fromDay) => counted(model, fromDay),
    total: async (model) => counted(model, ''),
  };
  const linkDownload: LinkDownload = async ({ key, fileName }) => `https://artifacts.example/${key}?as=${fileName}`;
  return { counts, linkDownload };
};
