// Holds an answer of the running API against docs/openapi.json: status, content type, headers and body.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { Answer } from '../support/person.ts';

const openApiPath = join(import.meta.dirname, '../../docs/openapi.json');

const schemaObject = z.record(z.string(), z.unknown());
const documentSchema = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        operationId: z.string(),
        responses: z.record(
          z.string(),
          z.object({
            headers: schemaObject.optional(),
            content: z
              .record(z.string(), z.object({ schema: schemaObject.optional(), examples: schemaObject.optional() }))
              .optional(),
          }),
        ),
      }),
    ),
  ),
  components: z.object({ schemas: z.record(z.string(), schemaObject) }),
});
type Document = z.output<typeof documentSchema>;

/** An object that names its fields has no others: what an answer gains must be described. */
const close = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(close);
  if (typeof schema !== 'object' || schema === null) return schema;
  const closed = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, close(value)]));
  return 'properties' in closed && !('additionalProperties' in closed)
    ? { ...closed, additionalProperties: false }
    : closed;
};

const toSchema = (schema: unknown, { components }: Document) => {
  const whole = JSON.stringify({ ...z.looseObject({}).parse(close(schema)), $defs: close(components.schemas) });
  return z.fromJSONSchema(JSON.parse(whole.replaceAll('#/components/schemas/', '#/$defs/')));
};

const matches = (template: string, path: string) =>
  new RegExp(`^${template.replaceAll('.', '\\.').replace(/\{[^/}]+\}/g, '[^/]+')}$`).test(path);

interface Response {
  readonly content?:
    | Readonly<Record<string, { schema?: unknown; examples?: Readonly<Record<string, unknown>> | undefined }>>
    | undefined;
}

export class Description {
  readonly text: string;
  readonly document: Document;
  /** Schemas that were met before: made once, since that takes longer than a call. */
  readonly #schemas = new Map<unknown, z.ZodType>();

  constructor(text = readFileSync(openApiPath, 'utf8')) {
    this.text = text;
    this.document = documentSchema.parse(JSON.parse(text));
  }

  /** Every operation, as `GET /v1/health`. */
  operations(): string[] {
    return Object.entries(this.document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
  }

  /** The operation that a call falls under: the one whose path is most literal. */
  operationOf(method: string, pathAndQuery: string): string | undefined {
    const path = decodeURIComponent(pathAndQuery.split('?')[0] ?? '');
    const templates = Object.keys(this.document.paths).filter((template) => matches(template, path));
    const template = templates.sort((a, b) => a.split('{').length - b.split('{').length)[0];
    return template && `${method} ${template}`;
  }

  /** What in the answer is not as described; empty: nothing. */
  faults(method: string, path: string, answer: Answer): string[] {
    const operation = this.operationOf(method, path);
    return operation === undefined ? [`${method} ${path} is not described`] : this.faultsOf(operation, answer);
  }

  /** The codes that an operation declares for a status; undefined where it declares none, but any error. */
  codesOf(operation: string, status: number): string[] | undefined {
    const content = Object.values(this.#responseOf(operation, status)?.content ?? {});
    const codes = content.flatMap(({ examples = {} }) => Object.keys(examples));
    return codes.length > 0 ? codes : undefined;
  }

  /** The same, of an operation that is known, as `GET /v1/health`. */
  faultsOf(operation: string, answer: Answer): string[] {
    const response = this.#responseOf(operation, answer.status);
    if (!this.operations().includes(operation)) return [`${operation} is not described`];
    if (!response)
      return [`${operation} does not describe the status ${answer.status}: ${JSON.stringify(answer.body)}`];
    return [...this.#headerFaults(answer), ...this.#bodyFaults(answer, response.content)].map(
      (fault) => `${operation} ${answer.status}: ${fault}`,
    );
  }

  #responseOf(operation: string, status: number): Response | undefined {
    const [method = '', template = ''] = operation.split(' ');
    const responses = this.document.paths[template]?.[method.toLowerCase()]?.responses;
    return responses?.[status] ?? responses?.[status < 500 ? '4XX' : '5XX'];
  }

  #headerFaults({ headers }: Answer): string[] {
    return headers.get('x-request-id') ? [] : ["the header 'x-request-id' is missing"];
  }

  #bodyFaults(answer: Answer, content: Response['content']): string[] {
    const type = answer.headers.get('content-type')?.split(';')[0];
    if (!content) return Buffer.isBuffer(answer.body) && answer.body.length === 0 ? [] : ['there must be no body'];
    const described = content[type ?? ''];
    if (!described) return [`the content type must be one of ${Object.keys(content).join(', ')}, got ${type}`];
    if (!type?.endsWith('json') || described.schema === undefined) return [];
    const schema = this.#schemas.get(described.schema) ?? toSchema(described.schema, this.document);
    this.#schemas.set(described.schema, schema);
    const parsed = schema.safeParse(answer.body);
    return parsed.success ? [] : [z.prettifyError(parsed.error)];
  }
}
