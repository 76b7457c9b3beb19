// The content coding of an answer, as `Accept-Encoding` asks for it (RFC 9110, 12.5.3).
import { deflateSync, gzipSync } from 'node:zlib';
import { DomainError } from '../../shared/kernel/errors.ts';

export interface AnswerCoding {
  readonly name: 'gzip' | 'deflate' | 'identity';
  /** Whether an answer may go unpacked all the same: small ones do. */
  readonly identityAllowed: boolean;
}

/** Packing less saves nobody anything: it fits into one packet of the network either way. */
const WORTH_PACKING_BYTES = 1024;

/** Fast rather than small: the caller waits, and higher levels gain a few percent on tensors for several times the work. */
const LEVEL = 1;

/** In order of preference, where the caller has none. */
const known = ['gzip', 'deflate', 'identity'] as const;

/**
 * @param accepted - header `accept-encoding`; undefined: as it is
 * @throws DomainError malformed_request when the caller takes nothing that there is
 */
export const chooseCoding = (accepted: string | undefined): AnswerCoding => {
  if (accepted === undefined) return asItIs;
  if (accepted === recent.accepted) return recent.coding;
  const coding = codingFor(accepted);
  recent = { accepted, coding };
  return coding;
};

const asItIs: AnswerCoding = { name: 'identity', identityAllowed: true };

/** Clients send the same with every call. */
let recent = { accepted: '', coding: asItIs };

const codingFor = (accepted: string): AnswerCoding => {
  const weights = readWeights(accepted);
  // What is not named is as `*` says; identity is taken unless it, or all that is not named, is refused.
  const weightOf = (name: (typeof known)[number]): number =>
    weights.get(name) ?? weights.get('*') ?? (name === 'identity' ? Number.MIN_VALUE : 0);
  const [best] = known.filter((name) => weightOf(name) > 0).sort((a, b) => weightOf(b) - weightOf(a));
  if (!best) {
    throw new DomainError(
      'unreadable',
      'malformed_request',
      `'accept-encoding' must allow gzip, deflate or identity, got '${accepted.slice(0, 100)}'`,
    );
  }
  return { name: best, identityAllowed: weightOf('identity') > 0 };
};

const weightPattern = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/i;

/** Coding → weight; members that are not well-formed are as if they were not there. */
const readWeights = (header: string): Map<string, number> => {
  const weights = new Map<string, number>();
  for (const member of header.toLowerCase().split(',')) {
    const [name = '', parameter, ...more] = member.split(';').map((part) => part.trim());
    const weight = parameter === undefined ? 1 : Number(weightPattern.exec(parameter)?.[1] ?? Number.NaN);
    if (name !== '' && more.length === 0 && !Number.isNaN(weight))
      weights.set(name === 'x-gzip' ? 'gzip' : name, weight);
  }
  return weights;
};

/** @returns the packed body; undefined where it is better sent as it is */
export const packAnswer = (body: string | Uint8Array, { name, identityAllowed }: AnswerCoding): Buffer | undefined => {
  if (name === 'identity') return undefined;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  if (identityAllowed && bytes.length < WORTH_PACKING_BYTES) return undefined;
  const packed = name === 'gzip' ? gzipSync(bytes, { level: LEVEL }) : deflateSync(bytes, { level: LEVEL });
  return identityAllowed && packed.length >= bytes.length ? undefined : packed;
};
