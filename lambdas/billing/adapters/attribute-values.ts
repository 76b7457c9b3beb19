// Plain values ↔ DynamoDB's attribute values, for the charge alone: it is sent without the document client.
import { z } from 'zod';

export type AttributeValue = { S: string } | { N: string } | { BOOL: boolean } | { M: Record<string, AttributeValue> };

export type Attributes = Record<string, AttributeValue>;

type Plain = string | number | bigint | boolean | { readonly [name: string]: Plain | undefined };

const toValue = (plain: Plain): AttributeValue => {
  switch (typeof plain) {
    case 'string':
      return { S: plain };
    case 'number':
    case 'bigint':
      return { N: plain.toString() };
    case 'boolean':
      return { BOOL: plain };
    default:
      return { M: toAttributes(plain) };
  }
};

/** Leaves out what is undefined. */
export const toAttributes = (record: { readonly [name: string]: Plain | undefined }): Attributes => {
  const attributes: Attributes = {};
  for (const [name, plain] of Object.entries(record)) if (plain !== undefined) attributes[name] = toValue(plain);
  return attributes;
};

const stored = z.record(z.string(), z.record(z.string(), z.unknown()));

/** The top-level strings and numbers of a stored item; whole numbers as bigint. Others are left out. */
export const fromAttributes = (item: unknown): Record<string, string | bigint> => {
  const record: Record<string, string | bigint> = {};
  for (const [name, { S, N }] of Object.entries(stored.parse(item))) {
    if (typeof S === 'string') record[name] = S;
    else if (typeof N === 'string' && /^-?\d+$/.test(N)) record[name] = BigInt(N);
  }
  return record;
};
