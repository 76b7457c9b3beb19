// The read protocol of the Hugging Face Hub over our models, so that its clients work unchanged with
// `HF_ENDPOINT=<apiUrl>/hf`: a model is a repository `publisher/model`, a version a commit.
import * as z from 'zod';
import { defineRoutes } from '../../shared/platform/route.ts';
import {
  hubCommit,
  hubCursor,
  hubEntry,
  hubFlag,
  hubIdentity,
  hubListQuery,
  hubModel,
  hubModelDetail,
  hubPathParams,
  hubPathsBody,
  hubRefs,
  hubRepoParams,
  hubRevisionParams,
} from '../hugging-face-wire.ts';
import { fileHeaderTexts, gates } from './files.ts';

const fileOfRepo = {
  ...fileHeaderTexts,
  'x-repo-commit': 'The commit that the revision names',
  'x-linked-size': 'The file’s bytes',
  'x-linked-etag': 'The file’s ETag, where a redirection has one of its own',
  'x-aimass-version': 'The version that the revision names',
} as const;

const ofRepo = ['model_not_found'] as const;
const ofRevision = [
  ...ofRepo,
  'version_not_found',
  'version_quarantined',
  'version_retired',
  'alias_without_target',
  'version_state_forbids',
] as const;
const reading = { auth: 'optional', permission: 'models:read' } as const;
const blobsQuery = z.object({ blobs: hubFlag.meta({ description: 'With each file’s size and hash' }) });
const treeQuery = z.object({
  recursive: hubFlag.meta({ description: 'With what lies in folders' }),
  expand: hubFlag.meta({ description: 'With the commit that brought each' }),
});
const entries = z.array(hubEntry);

export const huggingFaceRoutes = defineRoutes({
  hfListModels: {
    method: 'GET',
    path: '/hf/api/models',
    summary: 'List models for Hub clients',
    description:
      'Models with a published version that the caller sees, as `GET /v1/models` finds them; the next page is at `Link`. Unknown query parameters are ignored, as everywhere under `/hf`.',
    ...reading,
    query: hubListQuery,
    responses: {
      200: {
        description: 'A page of models',
        body: z.array(hubModel),
        headers: { link: 'The next page, if there is one' },
      },
    },
    errors: ['invalid_cursor'],
  },
  hfWhoAmI: {
    method: 'GET',
    path: '/hf/api/whoami-v2',
    summary: 'Tell whose token it is for Hub clients',
    auth: 'required',
    permission: 'account:read',
    responses: { 200: { description: 'The account', body: hubIdentity } },
    errors: [],
  },
  hfGetModel: {
    method: 'GET',
    path: '/hf/api/models/{publisher}/{model}',
    summary: 'Get a model for Hub clients',
    description: 'At `main`, which is the version that alias `latest` names.',
    ...reading,
    params: hubRepoParams,
    query: blobsQuery,
    responses: { 200: { description: 'The model', body: hubModelDetail } },
    errors: [...ofRevision],
  },
  hfGetRevision: {
    method: 'GET',
    path: '/hf/api/models/{publisher}/{model}/revision/{revision}',
    summary: 'Get a model at a revision for Hub clients',
    ...reading,
    params: hubRevisionParams,
    query: blobsQuery,
    responses: { 200: { description: 'The model', body: hubModelDetail } },
    errors: [...ofRevision],
  },
  hfListRefs: {
    method: 'GET',
    path: '/hf/api/models/{publisher}/{model}/refs',
    summary: 'List a model’s revisions for Hub clients',
    description: '`main` and the aliases are branches, the 200 highest published versions are tags.',
    ...reading,
    params: hubRepoParams,
    query: z.object({ include_prs: z.string().optional().meta({ description: 'There are never any' }) }),
    responses: { 200: { description: 'Branches and tags', body: hubRefs } },
    errors: [...ofRepo],
  },
  hfListCommits: {
    method: 'GET',
    path: '/hf/api/models/{publisher}/{model}/commits/{revision}',
    summary: 'List a revision’s history for Hub clients',
    description: 'The version and the published ones below it, highest first; the next page is at `Link`.',
    ...reading,
    params: hubRevisionParams,
    query: hubCursor,
    responses: {
      200: {
        description: 'A page of commits',
        body: z.array(hubCommit),
        headers: { link: 'The next page, if there is one' },
      },
    },
    errors: [...ofRevision, 'invalid_cursor'],
  },
  hfListTree: {
    method: 'GET',
    path: '/hf/api/models/{publisher}/{model}/tree/{revision}',
    summary: 'List files at a revision for Hub clients',
    ...reading,
    params: hubRevisionParams,
    query: treeQuery,
    responses: { 200: { description: 'Files and folders, by path', body: entries } },
    errors: [...ofRevision, 'file_not_found'],
  },
  hfListFolder: {
    method: 'GET',
    path: '/hf/api/models/{publisher}/{model}/tree/{revision}/{path+}',
    summary: 'List files in a folder for Hub clients',
    ...reading,
    params: hubPathParams,
    query: treeQuery,
    responses: { 200: { description: 'Files and folders, by path', body: entries } },
    errors: [...ofRevision, 'file_not_found'],
  },
  hfListPaths: {
    method: 'POST',
    path: '/hf/api/models/{publisher}/{model}/paths-info/{revision}',
    summary: 'Tell about some paths for Hub clients',
    description:
      'Paths that lead nowhere are left out. The body is JSON or a form (`application/x-www-form-urlencoded`).',
    ...reading,
    params: hubRevisionParams,
    body: hubPathsBody,
    bodyAs: 'bytes',
    bodyLimitBytes: 262_144,
    responses: { 200: { description: 'Those that are there', body: entries } },
    errors: [...ofRevision],
  },
  hfCheckAccess: {
    method: 'GET',
    path: '/hf/api/models/{publisher}/{model}/auth-check',
    summary: 'Tell whether files may be taken for Hub clients',
    ...reading,
    params: hubRepoParams,
    responses: { 200: { description: 'They may', body: z.object({}) } },
    errors: [...ofRepo, ...gates],
  },
  hfResolveFile: {
    method: 'GET',
    path: '/hf/{publisher}/{model}/resolve/{revision}/{path+}',
    summary: 'Download a file as Hub clients do',
    description:
      'As `GET /v1/models/{model}/versions/{version}/files/{path}`, and counted like it; HEAD tells what the file is. `README.md` is the model’s card, and is answered at once; of a model without a card, the version’s own where it brings one.',
    ...reading,
    params: hubPathParams,
    responses: {
      200: {
        description: 'To HEAD: what the file is; to GET: the card',
        body: z.string(),
        contentType: 'text/markdown',
        headers: { ...fileOfRepo, 'content-length': 'Its bytes' },
      },
      302: {
        description: 'Where the file is',
        headers: { ...fileOfRepo, location: 'Holds for five minutes, without credentials' },
      },
      304: { description: 'The caller has it already', headers: fileOfRepo },
    },
    errors: [...ofRevision, ...gates, 'file_not_found'],
  },
});
