// Plain values ↔ DynamoDB's attribute values. Numbers go out as they are written, and come back as `number` while they
// are safe and as `bigint` beyond, the same as through `documentClient`.

export type AttributeValue =
  | { S: string }
  | { N: string }
  | { BOOL: boolean }
  | { NULL: true }
  | { B: string }
  | { L: AttributeValue[] }
  | { M: Record<string, AttributeValue> }
  | { SS: string[] }
  | { NS: string[] };

export const toAttributeValue = (plain: unknown): AttributeValue => {
  switch (typeof plain) {
    case 'string':
      return { S: plain };
    case 'bigint':
      return { N: plain.toString() };
    case 'number':
      if (!Number.isFinite(plain)) throw new TypeError(`'${plain}' is no number that DynamoDB holds`);
      return { N: String(plain) };
    case 'boolean':
      return { BOOL: plain };
    case 'object':
      return ofObject(plain);
    default:
      throw new TypeError(`a ${typeof plain} cannot be stored`);
  }
};

const ofObject = (plain: object | null): AttributeValue => {
  if (plain === null) return { NULL: true };
  if (Array.isArray(plain)) return { L: plain.map(toAttributeValue) };
  if (plain instanceof Uint8Array) {
    return { B: Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength).toString('base64') };
  }
  if (plain instanceof Set) return { SS: [...plain].map(String) };
  return { M: toAttributes(plain as Record<string, unknown>) };
};

/** Leaves out what is undefined. */
export const toAttributes = (record: Readonly<Record<string, unknown>>): Record<string, AttributeValue> => {
  const attributes: Record<string, AttributeValue> = {};
  for (const name in record) {
    const plain = record[name];
    if (plain !== undefined) attributes[name] = toAttributeValue(plain);
  }
  return attributes;
};

/**
 * `JSON.stringify(toAttributes(record))` without the objects between, for what is written with every paid call: strings,
 * numbers, booleans and records of them.
 * @param record - its names are those of our own attributes: they need no escape
 */
export const attributesText = (record: Readonly<Record<string, unknown>>): string => {
  let text = '';
  for (const name in record) {
    const plain = record[name];
    if (plain !== undefined) text += `${text === '' ? '{' : ','}"${name}":${valueText(plain)}`;
  }
  return text === '' ? '{}' : `${text}}`;
};

const valueText = (plain: unknown): string => {
  switch (typeof plain) {
    case 'string':
      return `{"S":${JSON.stringify(plain)}}`;
    case 'bigint':
      return `{"N":"${plain}"}`;
    case 'object':
      if (plain?.constructor === Object) return `{"M":${attributesText(plain as Record<string, unknown>)}}`;
  }
  return JSON.stringify(toAttributeValue(plain));
};

const toNumber = (text: string): number | bigint => {
  const number = Number(text);
  return Number.isSafeInteger(number) || !/^-?\d+$/.test(text) ? number : BigInt(text);
};

export const fromAttributeValue = (value: AttributeValue): unknown => {
  if ('S' in value) return value.S;
  if ('N' in value) return toNumber(value.N);
  if ('BOOL' in value) return value.BOOL;
  if ('M' in value) return fromAttributes(value.M);
  if ('L' in value) return value.L.map(fromAttributeValue);
  if ('NULL' in value) return null;
  if ('B' in value) return Buffer.from(value.B, 'base64');
  if ('SS' in value) return new Set(value.SS);
  return new Set(value.NS.map(toNumber));
};

export const fromAttributes = (item: Readonly<Record<string, AttributeValue>>): Record<string, unknown> => {
  const record: Record<string, unknown> = {};
  for (const name in item) {
    const value = item[name];
    if (value) record[name] = fromAttributeValue(value);
  }
  return record;
};
