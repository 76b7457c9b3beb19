/** GET /docs — the API reference: Redoc, served by ourselves, drawing /v1/openapi.json. */
import { pageHeaders, renderPage } from '../domain/page.ts';

// Paths are relative, so that the page also works under a prefix. Redoc searches in a worker that it makes from a blob
// and styles by inserted rules; neither can be had from `'self'`.
const page = renderPage({
  title: 'AI Mass API',
  style: 'body{margin:0;font-family:system-ui,sans-serif}noscript{display:block;padding:2rem}',
  body: `<noscript>The reference needs JavaScript. Its source is <a href="v1/openapi.json">openapi.json</a>; the error codes are <a href="docs/errors">here</a>.</noscript>
<redoc spec-url="v1/openapi.json" hide-download-button="false" native-scrollbars="true" disable-google-font="true"></redoc>
<script src="docs/redoc.js"></script>`,
});

const headers = pageHeaders(["script-src 'self'", "connect-src 'self'", 'worker-src blob:', 'child-src blob:']);

export const getDocs = () => async () => ({ status: 200 as const, body: page, headers });
