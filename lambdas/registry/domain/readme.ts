// A model's card as the README.md of a repository: YAML front matter that the Hub's clients read, then Markdown.
import type { Model } from '../ports.ts';
import type { FrontMatter } from './front-matter.ts';
import type { Card } from './read-card.ts';

type Described = Pick<Model, 'name' | 'summary' | 'description' | 'task' | 'license' | 'tags'>;

export const LIBRARY = 'onnx';

/** What the front matter says, and `cardData` of the model's info. */
export const cardDataOf = ({ license, task, tags }: Described, card?: Card) => ({
  license: license.toLowerCase(),
  pipeline_tag: task,
  library_name: LIBRARY,
  tags: [...tags],
  ...withTasks(card?.frontMatter ?? {}, task),
});

/** The Hub's clients pass over a whole `model-index` when one result names no task. */
const withTasks = (front: FrontMatter, task: string): FrontMatter => {
  const index = front['model-index'];
  return Array.isArray(index) ? { ...front, 'model-index': index.map((model) => withResults(model, task)) } : front;
};

const withResults = (model: unknown, task: string): unknown =>
  isMapping(model) && Array.isArray(model.results)
    ? { ...model, results: model.results.map((result: unknown) => withTask(result, task)) }
    : model;

const withTask = (result: unknown, task: string): unknown =>
  isMapping(result) && (result.task === undefined || result.task === null)
    ? { ...result, task: { type: task } }
    : result;

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

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
