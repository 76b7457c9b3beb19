/** GET /docs/errors — docs/errors.md as a page; every code is an anchor, because an error's `type` points to it. */
import { renderMarkdown } from '../domain/markdown.ts';
import { pageHeaders, renderPage } from '../domain/page.ts';
import type { BundledFiles } from '../ports.ts';

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid #d0d7de}
code{font:.9em ui-monospace,monospace;background:#f2f4f6;padding:.1em .3em;border-radius:4px}tr:target{background:#fff6d6}
td:first-child{white-space:nowrap}a{color:inherit}
@media(prefers-color-scheme:dark){body{background:#111418;color:#e6e8ea}code{background:#22272e}th,td{border-color:#30363d}tr:target{background:#3a3413}}`;

export const getErrorDocs = (files: BundledFiles) => async () => ({
  status: 200 as const,
  body: renderPage({ title: 'AI Mass API: errors', style, body: renderMarkdown(await files.text('errors.md')) }),
  headers: pageHeaders(),
});
