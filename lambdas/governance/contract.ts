// governance: what others may import. Health, configuration, the API's description, the relay of events, and webhooks.
import * as z from 'zod';
import { accountsEnv, planLimits, rateLimit } from '../accounts/contract.ts';
import { INFER_BODY_LIMIT_BYTES } from '../inference/contract.ts';
import { FILE_LIMIT_BYTES } from '../registry/contract.ts';
import { defineRoutes } from '../shared/platform/route.ts';
import { webhookRoutes } from './api/webhooks.ts';

export { WEBHOOK_LIMIT } from './api/webhooks.ts';

export const governanceEnv = z.object({
  STAGE: z.string().min(1),
  BUILD: z.string().min(1),
  AWS_REGION: z.string().min(1),
});

const listed = (names: string) =>
  names
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

/** Environment of a function that reads webhooks or their deliveries, and puts attempts on the queue. */
export const webhooksEnv = z.object({
  GOVERNANCE_TABLE: z.string().min(1),
  DELIVERY_QUEUE_URL: z.string().min(1),
});

/** Environment of one that makes or opens their secrets, or calls their URLs. */
export const webhookTrustEnv = z.object({
  WEBHOOK_KEY: z.string().min(1),
  /** Hosts that may be called though they are not public, separated by commas. Absent: none. */
  WEBHOOK_PRIVATE_HOSTS: z.string().default('').transform(listed),
});

/** Environment of governance's API: what it tells clients, and what its webhooks need. */
export const governanceApiEnv = z.object({
  ...governanceEnv.shape,
  // Of `AWS_ENDPOINT_URL` it tells clients, too: they must then sign in there.
  ...accountsEnv.shape,
  ...webhooksEnv.shape,
  ...webhookTrustEnv.shape,
});

/** Environment of the function that calls webhooks. */
export const deliverEnv = z.object({ ...webhooksEnv.shape, ...webhookTrustEnv.shape });

/** Environment of the relay. */
export const relayEnv = z.object({
  /** Table names, separated by commas. */
  OUTBOX_TABLES: z.string().min(1).transform(listed),
  EVENT_BUS_NAME: z.string().min(1),
});

/** Environment of the function that rotates the origin secret. */
export const rotateOriginEnv = z.object({ ORIGIN_SECRET: z.string().min(1), DISTRIBUTION_ID: z.string().min(1) });

/**
 * Files that lie beside the API's bundle: what each is called there, and where it comes from, seen from the
 * repository's root.
 */
export const governanceFiles = {
  'openapi.json': 'docs/openapi.json',
  'errors.md': 'docs/errors.md',
  'redoc.standalone.js': 'node_modules/redoc/bundles/redoc.standalone.js',
} as const;
export type GovernanceFile = keyof typeof governanceFiles;

/** The one currency of a deployment; every `…Micros` is millionths of it. */
export const CURRENCY = 'USD';

/** What clients must keep to, told before they run into it. */
export const limits = {
  requestBytes: 1_048_576,
  inferRequestBytes: INFER_BODY_LIMIT_BYTES,
  inferAnswerBytes: 5_900_000,
  artifactBytes: FILE_LIMIT_BYTES,
  pageItems: 100,
  rates: planLimits.free,
} as const;

const health = z.object({
  status: z.literal('ok'),
  build: z.string().meta({ description: 'What is deployed: a commit, or a hash of the bundles', example: '3f2c1ab' }),
  region: z.string().meta({ example: 'eu-central-1' }),
  stage: z.string().meta({ example: 'dev' }),
});

const bytes = (description: string) => z.number().int().positive().meta({ description });

const config = z.object({
  region: z.string().meta({ example: 'eu-central-1' }),
  userPoolId: z.string().meta({ example: 'eu-central-1_a1B2c3D4e' }),
  userPoolClientId: z.string().meta({ example: '4f0u1rs3xampl3cl13nt1d' }),
  cognitoEndpoint: z
    .string()
    .meta({ description: 'Where to sign up and in', example: 'https://cognito-idp.eu-central-1.amazonaws.com' }),
  currency: z.literal(CURRENCY).meta({ description: 'Every `…Micros` is millionths of it' }),
  limits: z.object({
    requestBytes: bytes('Largest body of any /v1 request; some routes take less, and say so'),
    inferRequestBytes: bytes('Largest body of an inference request'),
    inferAnswerBytes: bytes('Largest answer of an inference'),
    artifactBytes: bytes('Largest model file'),
    pageItems: z.number().int().positive().meta({ description: 'Largest `limit` of a list' }),
    rates: z.object({ key: rateLimit, account: rateLimit }).meta({
      description:
        'Calls that one API key, and one account with all its keys, may make unless told otherwise: `RateLimit-Policy` of each answer tells what holds for who calls',
    }),
  }),
});

const etagHeader = { etag: 'Changes when the content does; send it back in `If-None-Match` to be answered 304' };

export const governanceRoutes = defineRoutes({
  ...webhookRoutes,
  getHealth: {
    method: 'GET',
    path: '/v1/health',
    summary: 'Tell that the API is up',
    description: 'Answers from the function itself, without touching a store.',
    auth: 'public',
    responses: { 200: { description: 'Up, with what is deployed where', body: health } },
    errors: [],
  },
  getConfig: {
    method: 'GET',
    path: '/v1/config',
    summary: 'Tell what a client must know to sign in',
    auth: 'public',
    responses: { 200: { description: 'Where to sign in, the currency and the limits', body: config } },
    errors: [],
  },
  getOpenApi: {
    method: 'GET',
    path: '/v1/openapi.json',
    summary: 'Get this description',
    description: 'OpenAPI 3.1, the same file as `docs/openapi.json` of the source.',
    auth: 'public',
    responses: {
      200: {
        description: 'The description of every route',
        body: z.record(z.string(), z.unknown()).meta({ description: 'An OpenAPI 3.1 document' }),
        headers: etagHeader,
      },
    },
    errors: [],
  },
  getDocs: {
    method: 'GET',
    path: '/docs',
    summary: 'Read the API reference',
    auth: 'public',
    responses: { 200: { description: 'A page for people', body: z.string(), contentType: 'text/html' } },
    errors: [],
  },
  getDocsScript: {
    method: 'GET',
    path: '/docs/redoc.js',
    summary: 'Get the script of the API reference',
    auth: 'public',
    responses: {
      200: {
        description: 'The script that draws the page',
        body: z.string(),
        contentType: 'text/javascript',
        headers: etagHeader,
      },
    },
    errors: [],
  },
  getErrorDocs: {
    method: 'GET',
    path: '/docs/errors',
    summary: 'Read what each error code means and how to mend it',
    description: 'The `type` of an error points here: `/docs/errors#<code>`.',
    auth: 'public',
    responses: { 200: { description: 'A page for people', body: z.string(), contentType: 'text/html' } },
    errors: [],
  },
});
