/** GET /v1/openapi.json — the generated description, byte for byte. */
import type { BundledFiles } from '../ports.ts';

export const getOpenApi = (files: BundledFiles) => async () => ({
  status: 200 as const,
  body: await files.text('openapi.json'),
  headers: { 'content-type': 'application/json', 'cache-control': 'no-cache' },
});
