// What people ask of a catalogue: seeded queries in the shares of a day, as query strings.
import { uniform } from '../seeded.ts';
import { formList, kindList, stemList, tasks } from './seeded-models.ts';

const sorts = ['name', '-name', 'price', 'latency', '-rating', '-usage', '-createdAt', '-updatedAt'];
const tensors = ['FP32[-1,30]', 'FP32[-1,4]', 'in:INT64[?,?] out:FP32[-1,3]', 'FP32[1,3,224,224]', 'FP64[-1,13]'];
const licenses = ['Apache-2.0', 'MIT', 'CC-BY-4.0', 'Apache-2.0,MIT'];
const chinese = ['情感', '影像检测', '语音', '预测'];

export const queryLoad = (count: number, seed: number): string[] => {
  const draw = uniform(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(draw() * values.length)] as T;
  const mistype = (word: string) => {
    const at = 1 + Math.floor(draw() * (word.length - 2));
    const kind = Math.floor(draw() * 3);
    if (kind === 0) return word.slice(0, at) + word.slice(at + 1);
    if (kind === 1) return `${word.slice(0, at)}${word[at + 1]}${word[at]}${word.slice(at + 2)}`;
    return `${word.slice(0, at)}q${word.slice(at + 1)}`;
  };
  const one = (): Record<string, string> => {
    const share = draw();
    if (share < 0.2) return { q: `${pick(stemList)} ${pick(formList)}` };
    if (share < 0.3) return { q: pick(stemList).slice(0, 4) };
    if (share < 0.36) return { q: `${pick(kindList)} ${pick(stemList)} ${pick(formList)}` };
    if (share < 0.46) return { q: `${mistype(pick(formList))} ${pick(stemList)}` };
    if (share < 0.48) return { q: pick(chinese) };
    if (share < 0.6) return { task: pick(tasks), sort: pick(sorts) };
    if (share < 0.66)
      return { q: pick(stemList), task: pick(tasks), license: pick(licenses), sort: pick(['relevance', ...sorts]) };
    if (share < 0.72) return { tag: pick(stemList), maxPriceMicros: '500', sort: 'price' };
    if (share < 0.77) return { signature: pick(tensors), maxLatencyMs: '5', sort: 'latency' };
    if (share < 0.81) return { minRating: '4', sort: '-usage' };
    if (share < 0.86) return { q: pick(stemList), facets: 'task,license,tag,publisher' };
    if (share < 0.9) return { task: pick(tasks), facets: 'license,tag' };
    return { sort: pick(sorts) };
  };
  return Array.from({ length: count }, () =>
    new URLSearchParams({ ...one(), limit: draw() < 0.8 ? '25' : '50' }).toString(),
  );
};
