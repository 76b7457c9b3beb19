// zod schemas that every contract uses: ids, money, times and lists on the wire.
import * as z from 'zod';
import { type IdPrefix, isId, modelNamePattern } from '../kernel/ids.ts';
import { isMicros, isRate } from '../kernel/money.ts';

export const timestamp = z.iso
  .datetime({ precision: 3 })
  .meta({ description: 'RFC 3339, UTC, milliseconds', example: '2026-11-23T20:46:00.000Z' });

export const idOf = <P extends IdPrefix>(prefix: P) =>
  z
    .string()
    .refine((text) => isId(prefix, text), `must be ${prefix}_ and 26 characters`)
    .meta({ example: `${prefix}_01JDA8Z5V4W1T4E5R6T7Y8V9P0` });

export const micros = z
  .string()
  .refine(isMicros, 'must be an integer of micros, as a decimal string')
  .meta({ description: 'Millionths of the platform currency, an integer as a string', example: '999770' });

export const rate = z
  .string()
  .refine(isRate, 'must be a rate in micros, as a decimal string with up to six fractional digits')
  .meta({ description: 'Micros per unit, a decimal string with up to six fractional digits', example: '0.25' });

export const modelName = z
  .string()
  .regex(modelNamePattern, 'must be publisher.model, each part 2 to 64 of a-z 0-9 - _, starting with a letter')
  .meta({ example: 'acme.iris' });

/** Query values are text; only plain digits are a number (`Number` would also take '0x10', '1e1' and ' 10'). */
const readDigits = (text: unknown) => (typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : text);

const PAGE_SIZE = 'must be a whole number from 1 to 100';

export const listQuery = z.object({
  cursor: z.string().max(2048).optional().meta({ description: '`next` of the previous page' }),
  limit: z
    .preprocess(readDigits, z.number(PAGE_SIZE).int(PAGE_SIZE).min(1, PAGE_SIZE).max(100, PAGE_SIZE))
    .default(25)
    .meta({ description: 'Items a page, 25 unless told' }),
});

export const listOf = <S extends z.ZodType>(item: S) =>
  z.object({
    items: z.array(item),
    next: z.string().nullable().meta({ description: 'Cursor of the next page; null at the end' }),
  });
