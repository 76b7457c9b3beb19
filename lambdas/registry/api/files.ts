// The files of a version, to be downloaded.
import * as z from 'zod';
import { defineRoutes } from '../../shared/platform/route.ts';
import { listOf } from '../../shared/platform/schemas.ts';
import { servedFile } from '../wire.ts';
import { modelParams } from './parameters.ts';

const referenceParams = modelParams.extend({
  version: z.string().max(200).meta({ description: 'A version, an alias or a range (`^1`)', example: '1.0.0' }),
});

export const fileHeaderTexts = {
  etag: 'Names the bytes: their SHA-256. Send it back in `If-None-Match` to be told 304 while they are the same',
  'accept-ranges': '`bytes`: the address that a GET leads to answers ranges',
  'repr-digest': 'SHA-256 of the whole file, as RFC 9530 writes it',
  'x-aimass-sha256': 'SHA-256 of the whole file, in hexadecimal digits',
} as const;

const versionHeader = { 'x-aimass-version': 'The version that was found' };

const refusals = [
  'model_not_found',
  'version_not_found',
  'version_state_forbids',
  'version_quarantined',
  'version_retired',
  'alias_without_target',
] as const;

/** What stands between who sees a file and the file itself. */
export const gates = [
  'download_refused',
  'access_required',
  'access_pending',
  'access_rejected',
  'access_revoked',
  'not_subscribed',
  'terms_not_accepted',
] as const;

export const fileRoutes = defineRoutes({
  listFiles: {
    method: 'GET',
    path: '/v1/models/{model}/versions/{version}/files',
    summary: 'List a version’s files',
    description:
      'As they may be downloaded. The model’s own file is the artifact that is served, which differs from what was uploaded where a ZipMap was cut from the graph’s end.',
    auth: 'optional',
    permission: 'models:read',
    params: referenceParams,
    responses: {
      200: {
        description: 'All of its files, by path',
        body: listOf(servedFile).extend({
          version: z.string().meta({ description: 'The version that was found', example: '1.0.0' }),
        }),
      },
    },
    errors: [...refusals],
  },
  downloadFile: {
    method: 'GET',
    path: '/v1/models/{model}/versions/{version}/files/{path+}',
    summary: 'Download a file',
    description:
      'Leads to an address where the file is read, whole or in ranges, for the next five minutes; who is interrupted asks again and goes on where the bytes ended. HEAD answers what the file is and leads nowhere. A GET counts as a download: once a day (UTC) for each account and version, however many of its files; all who are not signed in count as one; the publisher’s own do not count.',
    auth: 'optional',
    permission: 'models:read',
    params: referenceParams.extend({ path: z.string().max(512).meta({ example: 'model.onnx' }) }),
    responses: {
      200: {
        description: 'To HEAD only: what the file is',
        headers: { ...fileHeaderTexts, ...versionHeader, 'content-length': 'Its bytes' },
      },
      302: {
        description: 'Where the file is',
        headers: { ...fileHeaderTexts, ...versionHeader, location: 'Holds for five minutes, without credentials' },
      },
      304: { description: 'The caller has it already', headers: { ...fileHeaderTexts, ...versionHeader } },
    },
    errors: [...refusals, ...gates, 'file_not_found'],
  },
});
