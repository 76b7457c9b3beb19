// Versions: how they come from a publisher’s disk to where they may be called.
import * as z from 'zod';
import { defineRoutes } from '../../shared/platform/route.ts';
import { listOf, listQuery } from '../../shared/platform/schemas.ts';
import { completion, newVersion, upload, version } from '../wire.ts';
import { createdHeaders, etagHeader, modelParams, reasoned, versionParams } from './parameters.ts';

export const versionRoutes = defineRoutes({
  createVersion: {
    method: 'POST',
    path: '/v1/models/{model}/versions',
    summary: 'Create a version',
    description:
      'Announces the files; the answer says where to upload each. While the version is a draft, announcing it again with the same files and `batchInput` answers fresh addresses, with or without an `Idempotency-Key`: an upload that was interrupted goes on with them, and parts that have arrived, with their ETags, need not be sent again. Other files or another `batchInput` are refused (`version_exists`).',
    auth: 'required',
    permission: 'models:write',
    params: modelParams,
    body: newVersion,
    bodyLimitBytes: 65_536,
    idempotent: true,
    responses: {
      201: {
        description: 'The version, a draft, and where to upload its files',
        body: version.extend({
          uploads: z.array(upload).meta({ description: 'Empty in a repeat once the upload was completed' }),
        }),
        headers: createdHeaders,
      },
    },
    errors: [
      'model_not_found',
      'not_your_handle',
      'version_exists',
      'version_limit_reached',
      'idempotency_key_reused',
      'model_withdrawn',
    ],
  },
  listVersions: {
    method: 'GET',
    path: '/v1/models/{model}/versions',
    summary: 'List a model’s versions',
    description:
      'Highest first. Others than the owner see published versions only. A page may hold fewer items than asked for while `next` is not null.',
    auth: 'optional',
    permission: 'models:read',
    params: modelParams,
    query: listQuery,
    responses: { 200: { description: 'A page of versions', body: listOf(version) } },
    errors: ['model_not_found', 'invalid_cursor'],
  },
  getVersion: {
    method: 'GET',
    path: '/v1/models/{model}/versions/{version}',
    summary: 'Get a version',
    description: 'Poll this after `complete`, until `state` is `validated` or `rejected`.',
    auth: 'optional',
    permission: 'models:read',
    params: versionParams,
    responses: { 200: { description: 'The version', body: version, headers: etagHeader } },
    errors: ['model_not_found', 'version_not_found'],
  },
  completeVersion: {
    method: 'POST',
    path: '/v1/models/{model}/versions/{version}/complete',
    summary: 'Say that the upload is complete',
    description:
      'Pins what was uploaded of each file and has it scanned and tried. Repeating it while the scan is under way changes nothing.',
    auth: 'required',
    permission: 'models:write',
    params: versionParams,
    body: completion,
    responses: { 202: { description: 'The version, being scanned', body: version, headers: etagHeader } },
    errors: [
      'model_not_found',
      'not_your_handle',
      'version_not_found',
      'version_state_forbids',
      'upload_missing',
      'upload_mismatch',
      'model_withdrawn',
    ],
  },
  publishVersion: {
    method: 'POST',
    path: '/v1/models/{model}/versions/{version}/publish',
    summary: 'Publish a validated version',
    description:
      'From then on it can be called and stays as it is. Alias `latest` moves to it when it is higher than what `latest` names and no prerelease. Publishing a published version changes nothing. A version whose signature would break callers of the one below it with the same major version (before 1.0.0: minor version) is refused, and so is a patch that adds to it; the refusal names every difference and the number that would do.',
    auth: 'required',
    permission: 'models:publish',
    params: versionParams,
    responses: { 200: { description: 'The version, published', body: version, headers: etagHeader } },
    errors: [
      'model_not_found',
      'not_your_handle',
      'version_not_found',
      'version_state_forbids',
      'breaking_change',
      'minor_version_required',
      'model_withdrawn',
    ],
  },
  releaseVersion: {
    method: 'POST',
    path: '/v1/models/{model}/versions/{version}/release',
    summary: 'Release a version from quarantine',
    description:
      'It can be called again within five seconds, and its failures are counted anew. The publisher may release a version twice; after that an operator does. Releasing a version that is not quarantined changes nothing.',
    auth: 'required',
    permission: 'models:publish',
    params: versionParams,
    body: reasoned.optional(),
    responses: { 200: { description: 'The version, published', body: version, headers: etagHeader } },
    errors: ['model_not_found', 'not_your_handle', 'version_not_found', 'version_state_forbids', 'operator_only'],
  },
});
