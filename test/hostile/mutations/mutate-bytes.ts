// Changes a model as bytes and as protobuf, without knowing what it means: bits, stretches, lengths, fields twice or
// gone, fields of another model. Mostly the messages around a change are made to fit it; sometimes they are left.
import type { Random } from '../../../lambdas/shared/numeric/seeded-random.ts';
import { varint } from '../../support/onnx-builder.ts';

/** Where a field stands in a message. */
interface Field {
  readonly start: number;
  readonly wire: number;
  /** Of its value; after the length, where it has one. */
  readonly contentStart: number;
  readonly end: number;
}

/** @returns undefined where it goes on beyond `bytes` or nine bytes */
const readVarint = (bytes: Uint8Array, from: number): { value: number; end: number } | undefined => {
  let [value, scale] = [0, 1];
  for (let at = from; at < Math.min(bytes.length, from + 9); at++) {
    const byte = bytes[at] ?? 0;
    value += (byte & 127) * scale;
    if (byte < 128) return { value, end: at + 1 };
    scale *= 128;
  }
  return undefined;
};

const fieldAt = (bytes: Uint8Array, start: number): Field | undefined => {
  const tag = readVarint(bytes, start);
  if (!tag || tag.value < 8) return undefined;
  const wire = tag.value % 8;
  if (wire === 2) {
    const length = readVarint(bytes, tag.end);
    return length && { start, wire, contentStart: length.end, end: length.end + length.value };
  }
  if (wire === 0) {
    const number = readVarint(bytes, tag.end);
    return number && { start, wire, contentStart: tag.end, end: number.end };
  }
  if (wire !== 1 && wire !== 5) return undefined;
  return { start, wire, contentStart: tag.end, end: tag.end + (wire === 1 ? 8 : 4) };
};

/** @returns undefined where the bytes are no message */
const fieldsOf = (bytes: Uint8Array): Field[] | undefined => {
  const fields: Field[] = [];
  for (let at = 0; at < bytes.length; ) {
    const field = fieldAt(bytes, at);
    if (!field || field.end > bytes.length) return undefined;
    fields.push(field);
    at = field.end;
  }
  return fields;
};

const join = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array =>
  Buffer.concat(parts.map((part) => Uint8Array.from(part)));

const oddNumber = (random: Random): number | bigint =>
  random.pick([0, 1, 2, 3, 5, 8, 127, 128, 255, 1024, 2 ** 31 - 1, 2 ** 31, 2n ** 40n, 2n ** 62n, -1n, -(2n ** 63n)]);

/** Its value replaced, its tag left. */
const newValue = (bytes: Uint8Array, field: Field, random: Random): Uint8Array => {
  const content = Uint8Array.from(bytes.subarray(field.contentStart, field.end));
  if (field.wire === 0) return join(bytes.subarray(field.start, field.contentStart), varint(oddNumber(random)));
  if (content.length === 0) return bytes.subarray(field.start, field.end);
  const at = random.below(content.length);
  content[at] = random.below(256);
  return join(bytes.subarray(field.start, field.contentStart), content);
};

/** The length said, the content left as it is. */
const newLength = (bytes: Uint8Array, field: Field, random: Random): Uint8Array => {
  const tag = readVarint(bytes, field.start);
  const length = Math.max(0, field.end - field.contentStart + random.pick([-2, -1, 1, 2, 100, 2 ** 31]));
  return join(bytes.subarray(field.start, tag?.end), varint(length), bytes.subarray(field.contentStart, field.end));
};

const swapped = (bytes: Uint8Array, one: Field, other: Field): Uint8Array => {
  const [first, second] = one.start < other.start ? [one, other] : [other, one];
  if (first.start === second.start) return bytes;
  return join(
    bytes.subarray(0, first.start),
    bytes.subarray(second.start, second.end),
    bytes.subarray(first.end, second.start),
    bytes.subarray(first.start, first.end),
    bytes.subarray(second.end),
  );
};

/** A field somewhere in the donor, the deeper the rarer. */
const anyFieldOf = (bytes: Uint8Array, random: Random): Uint8Array => {
  const fields = fieldsOf(bytes) ?? [];
  if (fields.length === 0) return new Uint8Array(0);
  const field = random.pick(fields);
  const content = bytes.subarray(field.contentStart, field.end);
  if (field.wire === 2 && content.length > 2 && random.uniform() < 0.7 && fieldsOf(content)) {
    return anyFieldOf(content, random);
  }
  return bytes.subarray(field.start, field.end);
};

const changeHere = (bytes: Uint8Array, fields: readonly Field[], random: Random, donor: Uint8Array): Uint8Array => {
  const field = random.pick(fields);
  const [before, self, after] = [
    bytes.subarray(0, field.start),
    bytes.subarray(field.start, field.end),
    bytes.subarray(field.end),
  ];
  switch (random.below(7)) {
    case 0:
      return join(before, self, self, after);
    case 1:
      return join(before, after);
    case 2:
      return swapped(bytes, field, random.pick(fields));
    case 3:
      return join(before, anyFieldOf(donor, random), after);
    case 4:
      return join(before, self, anyFieldOf(donor, random), after);
    case 5:
      return field.wire === 2 ? join(before, newLength(bytes, field, random), after) : bytes;
    default:
      return join(before, newValue(bytes, field, random), after);
  }
};

/** Goes down into messages, changes one there, and makes the lengths of those around it fit. */
const changeFields = (bytes: Uint8Array, random: Random, donor: Uint8Array): Uint8Array => {
  const fields = fieldsOf(bytes) ?? [];
  if (fields.length === 0) return bytes;
  const field = random.pick(fields);
  const content = bytes.subarray(field.contentStart, field.end);
  if (field.wire !== 2 || content.length < 3 || random.uniform() < 0.2 || !fieldsOf(content)) {
    return changeHere(bytes, fields, random, donor);
  }
  const changed = changeFields(content, random, donor);
  const tag = readVarint(bytes, field.start);
  return join(bytes.subarray(0, tag?.end), varint(changed.length), changed, bytes.subarray(field.end));
};

const changeBytes = (bytes: Uint8Array, random: Random, donor: Uint8Array): Uint8Array => {
  const at = random.below(bytes.length + 1);
  const length = random.below(random.pick([4, 32, 512]));
  switch (random.below(5)) {
    case 0: {
      const copy = Uint8Array.from(bytes);
      const bit = random.below(copy.length * 8);
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return copy;
    }
    case 1:
      return bytes.subarray(0, at);
    case 2:
      return join(bytes.subarray(0, at), bytes.subarray(at + length));
    case 3:
      return join(bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at));
    default: {
      const from = random.below(donor.length + 1);
      return join(bytes.subarray(0, at), donor.subarray(from, from + length), bytes.subarray(at + length));
    }
  }
};

/** @param donor - another model, parts of which may come in */
export const mutateBytes = (bytes: Uint8Array, random: Random, donor: Uint8Array): Uint8Array =>
  random.uniform() < 0.7 ? changeFields(bytes, random, donor) : changeBytes(bytes, random, donor);
