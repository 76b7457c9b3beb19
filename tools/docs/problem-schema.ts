// The error object as a schema, and an example of it for each code.
import * as z from 'zod';
import type { ZodOpenApiExampleObject } from 'zod-openapi';
import { type ErrorCode, errorCatalogue } from '../../lambdas/shared/kernel/error-catalogue.ts';
import { problemType } from '../../lambdas/shared/platform/problem.ts';
import { statusOf } from './error-answers.ts';

const codes = Object.keys(errorCatalogue) as ErrorCode[];

export const problem = z
  .object({
    type: z.string().meta({ description: 'Where the code is explained', example: '/docs/errors#validation_failed' }),
    title: z.string().meta({ description: 'The same for every occurrence of the code' }),
    status: z.number().int().min(400).max(599).meta({ description: 'The HTTP status' }),
    detail: z.string().meta({ description: 'Names the argument, what came and what is allowed' }),
    code: z.enum(codes).meta({ description: 'Stable; what a program should look at' }),
    error: z.string().meta({ description: 'The same text as `detail`, for Open Inference clients' }),
    requestId: z.string().meta({ description: 'Also in the header `x-request-id`; tell it to the operator' }),
    errors: z
      .array(
        z.object({
          pointer: z.string().meta({
            description: 'A JSON pointer into the body, or `query/<name>`, `params/<name>`, `headers/<name>`',
          }),
          detail: z.string(),
        }),
      )
      .meta({ description: 'Each fault in the request; empty where the fault has no place' }),
    links: z
      .array(
        z.object({
          rel: z.string().meta({ description: '`mend` makes the refused call possible', example: 'mend' }),
          method: z.enum(['GET', 'POST']),
          href: z.string().meta({ description: 'A path of this API', example: '/v1/subscriptions' }),
        }),
      )
      .optional()
      .meta({ description: 'The calls that mend it, where there are such' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details that are also the Open Inference error object.' });

const exampleErrors: Partial<Record<ErrorCode, readonly { pointer: string; detail: string }[]>> = {
  validation_failed: [{ pointer: '/name', detail: 'Invalid input: expected string, got 7' }],
};

const exampleOf = (code: ErrorCode): ZodOpenApiExampleObject => {
  const { title } = errorCatalogue[code];
  return {
    summary: title,
    value: {
      type: problemType(code),
      title,
      status: statusOf(code),
      detail: title,
      code,
      error: title,
      requestId: 'req_01JDA8Z5V4W1T4E5R6T7Y8V9P0',
      errors: exampleErrors[code] ?? [],
    },
  };
};

export const problemExamples = Object.fromEntries(codes.map((code) => [code, exampleOf(code)]));
