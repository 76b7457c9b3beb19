// JSON as JSON.parse reads it, but for whole numbers beyond 2^53, which can be had as bigint with every digit.
import { DomainError } from '../../shared/kernel/errors.ts';
import { repeatedMember } from '../../shared/kernel/repeated-member.ts';

// In the language (JSON.parse source text access), not yet in TypeScript's library.
type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown;
declare global {
  interface JSON {
    parse(text: string, reviver: Reviver): unknown;
  }
}

/** Beyond 40 digits no datatype holds the number, and turning millions of digits into a bigint takes for ever. */
const wholeNumber = /^-?\d{1,40}$/;

const exactNumber: Reviver = (_key, value, { source }) => {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || source === undefined) return value;
  return wholeNumber.test(source) ? BigInt(source) : value;
};

/** @param exact - whole numbers beyond 2^53 become bigint; several times slower. @throws DomainError malformed_json */
export const parseLosslessJson = (text: string, exact: boolean): unknown => {
  try {
    // A run of digits that long is no number of ours, and turning millions of them into a bigint takes for ever.
    const value = exact ? JSON.parse(text, exactNumber) : JSON.parse(text);
    const repeated = repeatedMember(text, value);
    if (repeated === undefined) return value;
    throw new SyntaxError(`'${repeated.slice(0, 64)}' is there twice`);
  } catch (fault) {
    const reason = fault instanceof SyntaxError ? fault.message : 'it is nested too deeply';
    throw new DomainError('unreadable', 'malformed_json', `the body must be JSON in UTF-8: ${reason}`);
  }
};
