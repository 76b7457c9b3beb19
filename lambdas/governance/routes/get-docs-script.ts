/** GET /docs/redoc.js — Redoc as its package ships it: uncompressed, because the gateway may mangle gzip under a textual type. */
import type { BundledFiles } from '../ports.ts';

export const getDocsScript = (files: BundledFiles) => async () => ({
  status: 200 as const,
  body: await files.text('redoc.standalone.js'),
  headers: { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'public, max-age=3600' },
});
