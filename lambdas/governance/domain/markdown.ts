// Renders the Markdown that our own generator writes: headings, paragraphs, tables, code, bold and links. Nothing else.
import { escapeHtml } from './page.ts';

const inline = (text: string): string =>
  escapeHtml(text)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
    .replace(/\[([^\]]+)\]\(((?:https?:|\/|#)[^)\s]*)\)/g, '<a href="$2">$1</a>');

/** Cells of a table's line; a bar inside a cell is written `\|`. */
const cellsOf = (line: string): string[] =>
  line
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));

const renderRow = (line: string): string => {
  const [first = '', ...rest] = cellsOf(line);
  // A row that begins with a code is what links point to.
  const code = /^`([a-z0-9_]+)`$/.exec(first)?.[1];
  const head = code ? `<a href="#${code}">${inline(first)}</a>` : inline(first);
  return `<tr${code ? ` id="${code}"` : ''}>${[head, ...rest.map(inline)].map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
};

const renderTable = ([head = '', , ...rows]: readonly string[]): string => {
  const headings = cellsOf(head).map((cell) => `<th scope="col">${inline(cell)}</th>`);
  return `<table>\n<thead><tr>${headings.join('')}</tr></thead>\n<tbody>\n${rows.map(renderRow).join('\n')}\n</tbody>\n</table>`;
};

/** @param markdown - blocks separated by empty lines */
export const renderMarkdown = (markdown: string): string =>
  markdown
    .replace(/<!--[\s\S]*?-->/g, '')
    .split(/\n\s*\n/)
    .map((block) => block.trim())
    .filter((block) => block !== '')
    .map((block) => {
      const heading = /^(#{1,4}) (.+)$/.exec(block);
      if (heading?.[1] && heading[2]) return `<h${heading[1].length}>${inline(heading[2])}</h${heading[1].length}>`;
      if (block.startsWith('|')) return renderTable(block.split('\n'));
      return `<p>${inline(block)}</p>`;
    })
    .join('\n');
