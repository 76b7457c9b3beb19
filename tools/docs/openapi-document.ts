// docs/openapi.json as text: made from the contracts' routes and the error catalogue, the same for the same input.
import { type CreateDocumentOptions, createDocument, type ZodOpenApiPathsObject } from 'zod-openapi';
import type { ErrorCode } from '../../lambdas/shared/kernel/error-catalogue.ts';
import type { ApiContext } from './contexts.ts';
import { errorCodesOf } from './error-answers.ts';
import { toOpenApiPath, toOperation } from './operation.ts';
import { problem, problemExamples } from './problem-schema.ts';

const manners = `The API of AI Mass: many models from many publishers behind one interface.

- **Sign-in**: \`Authorization: Bearer <token>\`, an access token of Cognito (\`GET /v1/config\` tells where to sign in) or an API key \`aim_…\` (\`POST /v1/keys\`).
- **Names**: ids are a prefix, an underscore and a ULID; models are \`publisher.model\`; versions are semantic versions.
- **Money**: fields ending in \`Micros\` are millionths of the platform's currency, integers as decimal strings.
- **Times** are RFC 3339 in UTC with milliseconds.
- **Lists** are \`{"items": […], "next": "…" | null}\`; pass \`next\` as \`cursor\` for the next page.
- **Repeating a write** is safe with \`Idempotency-Key\`, where the operation names it.
- **Limits**: every answer to a signed-in caller tells in \`RateLimit\` what is left of the limits in \`RateLimit-Policy\`; beyond them the answer is 429 with \`Retry-After\`.
- **Caching**: a GET answers an \`ETag\`; sent back in \`If-None-Match\` it is answered 304 while nothing has changed.
- **Errors** have one form, \`Problem\`; every \`code\` is explained with its mend at [/docs/errors](/docs/errors). Under \`/v1\` unknown fields and query parameters are refused; under \`/v2\` they are ignored, as Open Inference clients expect.`;

const components = {
  securitySchemes: {
    bearer: {
      type: 'http' as const,
      scheme: 'bearer',
      description: 'An access token of Cognito, or an API key `aim_…`.',
    },
  },
  schemas: { Problem: problem },
  headers: {
    RequestId: {
      description: 'Names this call in logs; `inf_…` where it is a paid one',
      schema: { type: 'string' as const },
    },
    RateLimit: {
      description:
        'Of each limit that the call counts against (`key`, `account`): calls left, and seconds until all of them are back, or with none left the next one. As far as the answering server knows. Absent where nobody signed in, and for operators at what only they may do.',
      schema: { type: 'string' as const, example: '"key";r=499;t=1, "account";r=1999;t=1' },
    },
    RateLimitPolicy: {
      description: 'Each of those limits: so many calls at once, which come back evenly within so many seconds',
      schema: { type: 'string' as const, example: '"key";q=500;w=5, "account";q=2000;w=10' },
    },
    Accept: {
      description: 'The content types that are accepted',
      schema: { type: 'string' as const, example: 'application/json' },
    },
    RetryAfter: {
      description: 'Seconds to wait before coming again',
      schema: { type: 'string' as const, example: '1' },
    },
  },
  parameters: {
    Account: {
      in: 'header' as const,
      name: 'x-aimass-account',
      description: 'Which account to act for, when a person belongs to several; keys belong to one.',
      schema: { type: 'string' as const, example: 'acc_01JDA8Z5V4W1T4E5R6T7Y8V9P0' },
    },
    IdempotencyKey: {
      in: 'header' as const,
      name: 'idempotency-key',
      description:
        'Makes repeating the same request safe. 1 to 255 visible ASCII characters, new for each new request.',
      schema: { type: 'string' as const, pattern: '^[\\x21-\\x7e]{1,255}$' },
    },
  },
};

/** An answer may gain fields: only schemas that are strict by themselves say that there are no others. */
const override: NonNullable<CreateDocumentOptions['override']> = ({ jsonSchema, zodSchema, io }) => {
  const def = zodSchema._zod.def;
  if (io === 'output' && def.type === 'object' && !('catchall' in def && def.catchall)) {
    delete jsonSchema.additionalProperties;
  }
  // What zod writes down and tells a reader nothing: JavaScript's own bounds of an integer, that names are text, and
  // the expressions by which it checks a format.
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (def.type === 'record' && isPlainString(jsonSchema.propertyNames)) delete jsonSchema.propertyNames;
  if (jsonSchema.format?.startsWith('date')) delete jsonSchema.pattern;
  sayInWords(jsonSchema);
};

/** Classes of Unicode are unknown to many readers' expressions, and made into long lists by others: they are told in words. */
const sayInWords = (schema: { pattern?: string | undefined; description?: string | undefined }) => {
  const words = schema.pattern === undefined ? undefined : inWords.get(schema.pattern);
  if (words === undefined) {
    if (schema.pattern && /\\p\{/i.test(schema.pattern)) throw new Error(`tell in words what ${schema.pattern} means`);
    return;
  }
  delete schema.pattern;
  schema.description = schema.description ? `${schema.description}. ${words}` : words;
};

const inWords: ReadonlyMap<string, string> = new Map([
  ['^\\P{C}*$', 'No control characters'],
  ['^[\\P{C}\\n\\t]*$', 'No control characters but line ends and tabs'],
  ['^(?:\\P{C}|\\u200c|\\u200d)*$', 'No control characters'],
  ['^(?:[\\P{C}\\n\\t]|\\u200c|\\u200d)*$', 'No control characters but line ends and tabs'],
]);

const isPlainString = (schema: unknown) => JSON.stringify(schema) === '{"type":"string"}';

/** Only what some answer refers to: a code that no route answers yet has its line in docs/errors.md alone. */
const examplesOf = (contexts: readonly ApiContext[]) => {
  const used = new Set(contexts.flatMap(({ routes }) => Object.values(routes).flatMap(errorCodesOf)));
  return Object.fromEntries(Object.entries(problemExamples).filter(([code]) => used.has(code as ErrorCode)));
};

const pathsOf = (contexts: readonly ApiContext[]): ZodOpenApiPathsObject => {
  const paths: ZodOpenApiPathsObject = {};
  const names = new Set<string>();
  for (const context of contexts) {
    for (const [name, spec] of Object.entries(context.routes)) {
      if (names.has(name)) throw new Error(`a route's name must be the only one of all contexts, got '${name}' twice`);
      names.add(name);
      const path = toOpenApiPath(spec.path);
      const method = spec.method.toLowerCase();
      const item = paths[path] ?? {};
      if (method in item) throw new Error(`${spec.method} ${path} must be one route, got a second in '${name}'`);
      paths[path] = { ...item, [method]: toOperation(context.name, name, spec) };
    }
  }
  return paths;
};

/** @param version - of the API, as in package.json */
export const openApiText = (contexts: readonly ApiContext[], version: string): string => {
  const document = createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'AI Mass API',
        version,
        description: manners,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      // Relative: the file is served by the API that it describes.
      servers: [{ url: '/', description: 'Where this file came from' }],
      tags: contexts.map(({ name, description }) => ({ name, description })),
      paths: pathsOf(contexts),
      components: { ...components, examples: examplesOf(contexts) },
    },
    { override },
  );
  return `${JSON.stringify(document, null, 2)}\n`;
};
