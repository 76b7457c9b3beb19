// What the registry's routes have in common: parts of paths, revisions, what a create answers.
import * as z from 'zod';

export const modelParams = z.object({ model: z.string().max(200).meta({ example: 'acme.iris' }) });
export const versionParams = modelParams.extend({ version: z.string().max(200).meta({ example: '1.0.0' }) });
export const aliasParams = modelParams.extend({ alias: z.string().max(200).meta({ example: 'latest' }) });
export const etagHeader = {
  etag: 'Revision of what the answer tells; send it back in `If-Match` to change exactly this',
};
export const createdHeaders = {
  ...etagHeader,
  location: 'Its path',
  'idempotency-replayed': '`true` when this repeats an earlier answer',
};
export const ifMatch = z.object({
  'if-match': z
    .string()
    .max(256)
    .optional()
    .meta({ description: 'An `ETag`; the change is made only if it still holds' }),
});

export const reason = z
  .string()
  .trim()
  .min(1)
  .max(500)
  .regex(/^[\P{C}\n\t]*$/u, 'must not hold control characters but line ends and tabs')
  .meta({ description: 'Why, for those who read the history later', example: 'Superseded by 2.0.0' });
export const reasoned = z.strictObject({ reason });
