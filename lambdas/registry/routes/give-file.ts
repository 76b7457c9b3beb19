// One file given away: the headers that tell what it is, and the address where its bytes are.
import { basename } from 'node:path/posix';
import { countedAs } from '../domain/downloads.ts';
import { needsAccess } from '../domain/entitlement.ts';
import type { ServedFile } from '../domain/version-files.ts';
import type { AccessStore } from '../ports/access.ts';
import type { DownloadCounts, LinkDownload } from '../ports/downloads.ts';
import type { FoundFiles } from './find-files.ts';

/** An address is for beginning a read, or going on with one; who comes later asks for another. */
const LINK_SECONDS = 300;

export interface GiveFilePorts {
  readonly access: Pick<AccessStore, 'find'>;
  readonly counts: Pick<DownloadCounts, 'count'>;
  readonly linkDownload: LinkDownload;
}

/** Of every answer about the file, an answer without its bytes too. */
export const fileHeaders = ({ sha256 }: ServedFile): Readonly<Record<string, string>> => ({
  etag: `"${sha256}"`,
  'accept-ranges': 'bytes',
  // RFC 9530: of the whole file, also where a range of it is sent.
  'repr-digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`,
  'x-aimass-sha256': sha256,
});

/** Of an answer that stands for the file itself. */
export const bodyHeaders = ({ sizeBytes }: ServedFile): Readonly<Record<string, string>> => ({
  'content-type': 'application/octet-stream',
  'content-length': String(sizeBytes),
});

/** Whether the caller has the file already. */
export const hasFile = (ifNoneMatch: string | undefined, { sha256 }: ServedFile): boolean =>
  (ifNoneMatch?.split(',') ?? []).some((tag) => ['*', `"${sha256}"`].includes(tag.trim().replace(/^W\//, '')));

/** Counts the download and signs its address. @returns the address */
export const giveFile = async (
  { counts, linkDownload }: GiveFilePorts,
  { model, version, accountId }: Omit<FoundFiles, 'files'>,
  file: ServedFile,
  nowMs: number,
): Promise<string> => {
  const who = countedAs(model, accountId);
  if (who !== undefined) {
    const isUse = needsAccess(model, accountId);
    await counts.count({ model: model.name, version: version.version, countedAs: who, isUse, nowMs });
  }
  return linkDownload({ key: file.key, fileName: basename(file.path), lifeSeconds: LINK_SECONDS });
};
