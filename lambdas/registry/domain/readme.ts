// A model's card as the README.md of a repository: YAML front matter that the Hub's clients read, then Markdown.
import type { Model } from '../ports.ts';
import type { Card } from './read-card.ts';

type Described = Pick<Model, 'name' | 'summary' | 'description' | 'task' | 'license' | 'tags'>;

export const LIBRARY = 'onnx';

/** What the front matter says, and `cardData` of the model's info. */
export const cardDataOf = ({ license, task, tags }: Described, card?: Card) => ({
  license: license.toLowerCase(),
  pipeline_tag: task,
  library_name: LIBRARY,
  tags: [...tags],
  ...card?.frontMatter,
});

/** The publisher's card, or one of what is known. JSON is YAML, so nothing in a value can end it. */
export const readmeOf = (model: Described, card?: Card): string => {
  if (card?.hasFrontMatter) return card.text;
  const front = Object.entries(cardDataOf(model)).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  const words = [`# ${model.name}`, model.summary, ...(model.description === undefined ? [] : [model.description])];
  return `---\n${front.join('\n')}\n---\n\n${card?.text ?? `${words.join('\n\n')}\n`}`;
};

/** What the Hub's search knows a model by. */
export const hubTags = ({ license, task, tags }: Described): readonly string[] => [
  ...new Set([LIBRARY, task, ...tags, `license:${license.toLowerCase()}`]),
];
