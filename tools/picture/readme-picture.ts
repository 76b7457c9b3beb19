// The README's picture: where it stands, and what it has to be.
import { readArchitecture } from './architecture.ts';
import { drawArchitecture } from './mermaid.ts';

const BEGIN = '<!-- picture: npm run docs -->';
const END = '<!-- /picture -->';

/** The stacks that are drawn, in the order in which a call meets them. */
export const drawnStacks = ['control', 'inference', 'data'] as const;

/**
 * @param templates - of stage `dev`: the same structure as every other
 * @returns the README with the picture that the templates give
 * @throws Error when the README has no place for it
 */
export const withPicture = (
  readme: string,
  templates: Readonly<Record<(typeof drawnStacks)[number], unknown>>,
): string => {
  const [before, rest] = splitAt(readme, BEGIN);
  const [, after] = splitAt(rest, END);
  const drawn = Object.fromEntries(drawnStacks.map((name) => [name, templates[name]]));
  return `${before}${BEGIN}\n${drawArchitecture(readArchitecture(drawn, 'aimass-dev-'))}\n${END}${after}`;
};

const splitAt = (text: string, mark: string): [before: string, after: string] => {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`README.md must hold the line ${mark}`);
  return [text.slice(0, at), text.slice(at + mark.length)];
};
