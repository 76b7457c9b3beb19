// The Hub's objects on the wire, as far as its clients read them.
import * as z from 'zod';
import { timestamp } from '../shared/platform/schemas.ts';

/** Clients of Python write `True`. Anything that is not yes is no. */
export const hubFlag = z
  .string()
  .max(200)
  .optional()
  .transform((text) => ['true', '1'].includes(text?.toLowerCase() ?? ''));

const PAGE_LIMIT = 100;

export const hubCursor = z.object({
  cursor: z.string().max(2048).optional().meta({ description: 'As `Link` has it' }),
});

export const hubListQuery = hubCursor.extend({
  search: z.string().trim().max(200).optional().meta({
    description:
      'Words that name, summary, description, tags or task must all have, or begin with; `publisher/model`: a part of the name',
  }),
  author: z.string().max(200).optional().meta({ description: 'The publisher’s handle', example: 'acme' }),
  filter: z.string().max(2000).optional().meta({
    description:
      'Tags that all must be there, repeated or joined by commas: task, `onnx`, `license:apache-2.0`, own tags',
  }),
  pipeline_tag: z.string().max(200).optional().meta({ description: 'The task' }),
  sort: z.string().max(200).optional().meta({
    description:
      '`downloads` and `trendingScore` (by calls), `likes` (by rating), `lastModified`, `createdAt`; absent or anything else: by relevance where `search` is given, else by calls. Like ones are sorted by name',
    example: 'lastModified',
  }),
  direction: z.string().max(200).optional().meta({ description: '`1`: the other way round' }),
  gated: hubFlagOrNothing().meta({ description: 'Whether files are given only to some' }),
  full: hubFlag.meta({ description: 'With commit, files and card' }),
  cardData: hubFlag.meta({ description: 'The same' }),
  limit: z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .optional()
    .transform((text) => Math.min(Math.max(text === undefined ? PAGE_LIMIT : Number(text), 1), PAGE_LIMIT))
    .meta({ description: 'Models a page, 100 at most' }),
});

function hubFlagOrNothing() {
  return z
    .string()
    .max(200)
    .optional()
    .transform((text) => (text === undefined ? undefined : ['true', '1'].includes(text.toLowerCase())));
}

export const hubRepoParams = z.object({
  publisher: z.string().max(200).meta({ example: 'acme' }),
  model: z.string().max(200).meta({ example: 'iris' }),
});
export const hubRevisionParams = hubRepoParams.extend({
  revision: z
    .string()
    .max(200)
    .meta({ description: '`main`, an alias, a version, or a commit’s hash', example: 'main' }),
});
export const hubPathParams = hubRevisionParams.extend({ path: z.string().max(512).meta({ example: 'model.onnx' }) });

export const hubPathsBody = z.object({
  paths: z.union([z.string(), z.array(z.string())]).meta({ example: ['model.onnx'] }),
  expand: z.union([z.boolean(), z.string()]).optional(),
});

const hash = z.string().regex(/^[0-9a-f]{40}$/);
const commit = hash.meta({ description: 'The commit', example: '0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c' });

export const hubModel = z.object({
  _id: z.string(),
  id: z.string().meta({ example: 'acme/iris' }),
  modelId: z.string(),
  author: z.string().meta({ example: 'acme' }),
  private: z.boolean(),
  gated: z.union([z.literal(false), z.enum(['auto', 'manual'])]),
  disabled: z.boolean(),
  tags: z.array(z.string()),
  pipeline_tag: z.string().meta({ example: 'tabular-classification' }),
  library_name: z.string().meta({ example: 'onnx' }),
  createdAt: timestamp,
  lastModified: timestamp,
  likes: z.number().int().optional().meta({ description: 'In a list: how many have rated it' }),
  sha: commit.optional(),
  cardData: z.record(z.string(), z.unknown()).optional(),
  siblings: z.array(z.looseObject({ rfilename: z.string().meta({ example: 'model.onnx' }) })).optional(),
});

export const hubModelDetail = hubModel.extend({
  sha: commit,
  downloads: z.number().int().meta({ description: 'In the last 30 days' }),
  downloadsAllTime: z.number().int(),
});

export const hubEntry = z.object({
  type: z.enum(['file', 'directory']),
  path: z.string().meta({ example: 'model.onnx' }),
  oid: hash,
  size: z.number().int(),
  lfs: z
    .object({
      oid: z.string().meta({ description: 'SHA-256' }),
      size: z.number().int(),
      pointerSize: z.number().int(),
    })
    .optional(),
  lastCommit: z.object({ id: commit, title: z.string(), date: timestamp }).optional(),
});

export const hubCommit = z.object({
  id: commit,
  title: z.string().meta({ example: 'Version 1.0.0' }),
  message: z.string(),
  date: timestamp,
  authors: z.array(z.object({ user: z.string() })),
});

const ref = z.object({ name: z.string(), ref: z.string(), targetCommit: commit });

export const hubRefs = z.object({
  branches: z.array(ref),
  converts: z.array(ref),
  tags: z.array(ref),
  pullRequests: z.array(ref).optional(),
});

export const hubIdentity = z.object({
  type: z.literal('user'),
  id: z.string().meta({ description: 'The account' }),
  name: z.string().meta({ description: 'Its handle, if it has one' }),
  orgs: z.array(z.never()),
  auth: z.object({
    type: z.literal('access_token'),
    accessToken: z.object({ displayName: z.string(), role: z.enum(['read', 'write']) }),
  }),
});
