import { describe, expect, it } from 'vitest';
import { governanceApiEnv, governanceRoutes } from '../../../lambdas/governance/contract.ts';
import type { BundledFiles } from '../../../lambdas/governance/ports.ts';
import { getConfig } from '../../../lambdas/governance/routes/get-config.ts';
import { getDocs } from '../../../lambdas/governance/routes/get-docs.ts';
import { getDocsScript } from '../../../lambdas/governance/routes/get-docs-script.ts';
import { getErrorDocs } from '../../../lambdas/governance/routes/get-error-docs.ts';
import { getHealth } from '../../../lambdas/governance/routes/get-health.ts';
import { getOpenApi } from '../../../lambdas/governance/routes/get-open-api.ts';
import { createApi } from '../../../lambdas/shared/platform/api.ts';
import { callHandler } from '../../support/http-event.ts';
import { unlimited } from '../../support/unlimited.ts';

const texts = {
  'openapi.json': '{"openapi":"3.1.0"}',
  'errors.md': '# Errors\n\n| Code | Meaning |\n| --- | --- |\n| `invalid_key` | Not accepted |',
  'redoc.standalone.js': 'var Redoc = {};',
};
const files: BundledFiles = { text: async (file) => texts[file] };

const env = governanceApiEnv.parse({
  STAGE: 'dev',
  BUILD: 'abc1234',
  AWS_REGION: 'eu-central-1',
  USER_POOL_ID: 'eu-central-1_pool',
  USER_POOL_CLIENT_ID: 'client',
  ACCOUNTS_TABLE: 'accounts',
  GOVERNANCE_TABLE: 'governance',
  DELIVERY_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/000000000000/deliver',
  WEBHOOK_KEY: 'arn:aws:kms:eu-central-1:000000000000:key/webhooks',
});

const { getHealth: health, getConfig: config, getOpenApi: description, ...others } = governanceRoutes;
const { getDocs: docs, getDocsScript: script, getErrorDocs: errors } = others;

/** Without webhooks: these read no store. */
const api = createApi({
  limit: unlimited,
  routes: {
    getHealth: health,
    getConfig: config,
    getOpenApi: description,
    getDocs: docs,
    getDocsScript: script,
    getErrorDocs: errors,
  },
  useCases: {
    getHealth: getHealth(env),
    getConfig: getConfig(env),
    getOpenApi: getOpenApi(files),
    getDocs: getDocs(),
    getDocsScript: getDocsScript(files),
    getErrorDocs: getErrorDocs(files),
  },
  authenticate: async () => undefined,
});

const call = (method: string, path: string, headers: Record<string, string> = {}) =>
  callHandler(api, { method, path, headers });

describe('governance-api', () => {
  it('tells what is deployed where', async () => {
    const { status, body } = await call('GET', '/v1/health');
    expect([status, body]).toEqual([200, { status: 'ok', build: 'abc1234', region: 'eu-central-1', stage: 'dev' }]);
  });

  it('sends clients to Cognito’s own address unless AWS is elsewhere', async () => {
    const own = (await call('GET', '/v1/config')).body;
    expect(own.cognitoEndpoint).toBe('https://cognito-idp.eu-central-1.amazonaws.com');
    const elsewhere = await getConfig({ ...env, AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' })();
    expect(elsewhere.body.cognitoEndpoint).toBe('http://127.0.0.1:4566');
  });

  it('serves the description byte for byte, and nothing when it is known already', async () => {
    const first = await call('GET', '/v1/openapi.json');
    expect([first.status, first.text]).toEqual([200, texts['openapi.json']]);
    const etag = first.headers.etag ?? '';
    const again = await call('GET', '/v1/openapi.json', { 'if-none-match': etag });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  it('draws the reference from its own origin only', async () => {
    const page = await call('GET', '/docs');
    const policy = page.headers['content-security-policy'];
    expect(page.text).toContain('<script src="docs/redoc.js"></script>');
    expect(page.text).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('unsafe-eval');
    const script = await call('GET', '/docs/redoc.js');
    expect([script.headers['content-type'], script.text]).toEqual([
      'text/javascript; charset=utf-8',
      texts['redoc.standalone.js'],
    ]);
  });

  it('has an anchor for the code that an error’s type points to', async () => {
    const missing = (await call('GET', '/v1/nothing')).body;
    expect(missing.type).toBe('/docs/errors#route_not_found');
    expect((await call('GET', '/docs/errors')).text).toContain('id="invalid_key"');
  });

  it.each([
    { path: '/v1/nothing', contentType: 'application/problem+json' },
    { path: '/v2/nothing', contentType: 'application/json' },
    { path: '/favicon.ico', contentType: 'application/problem+json' },
  ])('answers the unknown path $path with the error object', async ({ path, contentType }) => {
    const { status, headers, body } = await call('GET', path);
    expect([status, headers['content-type']]).toEqual([404, contentType]);
    expect(body).toMatchObject({ code: 'route_not_found', error: `there is nothing at GET ${path}` });
  });

  it('names the methods a path answers', async () => {
    const { status, headers } = await call('DELETE', '/v1/health');
    expect([status, headers.allow]).toEqual([405, 'GET, HEAD']);
  });
});
