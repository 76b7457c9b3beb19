// zod types for stored attributes that plain JSON types do not cover.
import * as z from 'zod/mini';

/** A whole number of micros as DynamoDB hands it back (see `documentClient`) → bigint. */
export const microsAttribute = z.pipe(
  z.union([z.bigint(), z.number().check(z.refine(Number.isSafeInteger, 'must be a whole number'))]),
  z.transform((value) => BigInt(value)),
);
