// The text filter of lists: every word must be somewhere in what the model says of itself.
import type { Model } from '../ports.ts';

type Texts = Pick<Model, 'name' | 'summary' | 'description' | 'tags'>;

/** @param query - words; case does not count, nor how a character is composed */
export const matchText = (query: string): ((model: Texts) => boolean) => {
  const words = fold(query).split(/\s+/).filter(Boolean);
  return ({ name, summary, description, tags }) => {
    const text = fold([name, summary, description ?? '', ...tags].join('\n'));
    return words.every((word) => text.includes(word));
  };
};

const fold = (text: string) => text.normalize('NFKC').toLowerCase();
