/**
 * GET HEAD /v1/models/{model}/versions/{version}/files/{path+} — HEAD tells what the file is; GET leads to an address of
 * a few minutes, where it is read whole or in ranges, and counts as a download.
 */
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { fileAt } from '../domain/version-files.ts';
import { type FindFilesPorts, findFiles, requireFiles } from './find-files.ts';
import { bodyHeaders, fileHeaders, type GiveFilePorts, giveFile, hasFile } from './give-file.ts';

export const downloadFile =
  (ports: FindFilesPorts & GiveFilePorts): UseCase<typeof registryRoutes.downloadFile> =>
  async ({ params, rawHeaders, isHead, ...asking }) => {
    const { caller, nowMs } = asking;
    const { files, ...found } = await findFiles(ports, asking, { model: params.model, reference: params.version });
    const file = fileAt(found.version, files, params.path);
    await requireFiles(ports.access, { ...found, caller }, nowMs);
    const headers = { ...fileHeaders(file), 'x-aimass-version': found.version.version };
    if (hasFile(rawHeaders['if-none-match'], file)) return { status: 304, headers };
    if (isHead) return { status: 200, headers: { ...headers, ...bodyHeaders(file) } };
    return { status: 302, headers: { ...headers, location: await giveFile(ports, found, file, nowMs) } };
  };
