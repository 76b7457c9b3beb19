// zod types for stored attributes that plain JSON types do not cover.
import { z } from 'zod';

/** A whole number of micros as DynamoDB hands it back (see `documentClient`) → bigint. */
export const microsAttribute = z
  .union([z.bigint(), z.number().refine(Number.isSafeInteger, 'must be a whole number')])
  .transform((value) => BigInt(value));
