// Takes the runnable blocks out of a Markdown file: fenced sh and python blocks after a line `<!-- run -->`.

export interface RunnableBlock {
  /** The heading that the block stands under. */
  readonly section: string;
  readonly language: 'sh' | 'python';
  readonly code: string;
}

const MARK = '<!-- run -->';

const isLanguage = (text: string): text is RunnableBlock['language'] => text === 'sh' || text === 'python';

/** @throws Error that names the line, when a mark has no sh or python block after it, or a block has no end */
export const readRunnableBlocks = (markdown: string): RunnableBlock[] => {
  const lines = markdown.split('\n');
  const blocks: RunnableBlock[] = [];
  let section = '';
  let marked = false;
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    const fence = /^```(\w*)\s*$/.exec(line);
    if (!fence) {
      if (marked && line.trim() !== '') throw new Error(`line ${index + 1}: after '${MARK}' must come a fenced block`);
      section = /^#{1,6} (.+)$/.exec(line)?.[1] ?? section;
      marked ||= line.trim() === MARK;
      continue;
    }
    const end = lines.indexOf('```', index + 1);
    if (end < 0) throw new Error(`line ${index + 1}: the block has no end`);
    const language = fence[1] ?? '';
    if (marked) {
      if (!isLanguage(language))
        throw new Error(`line ${index + 1}: a block to run must be sh or python, got '${language}'`);
      blocks.push({ section, language, code: lines.slice(index + 1, end).join('\n') });
    }
    marked = false;
    index = end;
  }
  if (marked) throw new Error(`after the last '${MARK}' must come a fenced block`);
  return blocks;
};

/** One shell script of a section's blocks, in order, so that each sees the variables of those before it. */
export const toScript = (blocks: readonly RunnableBlock[]): string =>
  blocks
    .map(({ language, code }) => (language === 'sh' ? code : `python3 - <<'END_OF_PYTHON'\n${code}\nEND_OF_PYTHON`))
    .join('\n\n');
