/**
 * The files of a version besides the model: each read once from where it was pinned, through SHA-256. What no tensor lies
 * in is a text, and looked at as one.
 */
import { createHash } from 'node:crypto';
import type { Rejection } from '../contract.ts';
import { forbiddenKind, HEAD_BYTES, jsonFault } from '../domain/file-kinds.ts';
import { isJsonName } from '../domain/file-path.ts';
import type { RejectionRule } from '../domain/rejection-rules.ts';
import type { Candidate, Quarantine, Version, VersionFile } from '../ports.ts';
import { JSON_LIMIT_BYTES, TEXT_LIMIT_BYTES } from '../terms.ts';
import { planOf } from './plan-of.ts';

type Read = Pick<Quarantine, 'read'>;

export interface SideFile {
  readonly file: VersionFile;
  readonly candidate: Candidate;
}

/** The upload of a file as it was pinned. */
export const candidateOf = (version: Version, file: VersionFile): Candidate => {
  const index = version.files.indexOf(file);
  const versionId = version.pinnedVersionIds?.[index];
  return { key: planOf(version, index).key, versionId, sha256: file.sha256, sizeBytes: file.sizeBytes };
};

/**
 * @param fill - takes a data file's chunks; undefined: the file is a text
 * @returns why it is refused
 */
export const scanFile = async (
  quarantine: Read,
  { file, candidate }: SideFile,
  fill: ((chunk: Uint8Array) => void) | undefined,
): Promise<Rejection | undefined> => {
  const { path } = file;
  const refuse = (rule: RejectionRule, message: string): Rejection => ({ rule, message, path });
  const limitBytes = isJsonName(path) ? JSON_LIMIT_BYTES : TEXT_LIMIT_BYTES;
  if (!fill && file.sizeBytes > limitBytes) {
    return refuse('file_too_large', `'${path}' must have at most ${limitBytes} bytes, got ${file.sizeBytes}`);
  }
  const hash = createHash('sha256');
  const text = fill ? undefined : textReader(isJsonName(path));
  let head = Buffer.alloc(0);
  let sizeBytes = 0;
  for await (const chunk of quarantine.read(candidate.key, candidate.versionId)) {
    if (head.length < HEAD_BYTES) head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - head.length)]);
    hash.update(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > file.sizeBytes) break;
    fill?.(chunk);
    text?.push(chunk);
  }
  const differs = hashMismatch(file, sizeBytes, hash.digest('hex'));
  if (differs) return differs;
  const kind = forbiddenKind(head, fill ? 'data' : 'text');
  if (kind !== undefined) {
    return refuse('forbidden_file', `'${path}' must not be ${kind}: a version holds a model, its data and texts`);
  }
  const fault = text?.finish();
  if (fault === undefined) return undefined;
  return refuse(fault.rule, `'${path}' ${fault.message}`);
};

/** @returns the refusal of a file that is not the one announced */
export const hashMismatch = (file: VersionFile, sizeBytes: number, sha256: string): Rejection | undefined => {
  if (sha256 === file.sha256 && sizeBytes === file.sizeBytes) return undefined;
  const rule: RejectionRule = 'hash_mismatch';
  const message = `the file must be the ${file.sizeBytes} bytes with SHA-256 ${file.sha256} that were announced, got ${sizeBytes} with ${sha256}`;
  return { rule, message, path: file.path };
};

const NO_TEXT = 'must be a text in UTF-8, or a file that a tensor of the model keeps its data in';

/** Keeps nothing but what is to be parsed. */
const textReader = (isJson: boolean) => {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const kept: string[] = [];
  let isText = true;
  const decode = (chunk?: Uint8Array) => {
    if (!isText) return;
    try {
      const text = chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
      isText = !text.includes('\0');
      if (isJson) kept.push(text);
    } catch {
      isText = false;
    }
  };
  return {
    push: decode,
    finish: (): { readonly rule: RejectionRule; readonly message: string } | undefined => {
      decode();
      if (!isText) return { rule: 'not_text', message: NO_TEXT };
      const fault = isJson ? jsonFault(kept.join('').replace(/^\uFEFF/, '')) : undefined;
      return fault === undefined ? undefined : { rule: 'invalid_json', message: fault };
    },
  };
};
