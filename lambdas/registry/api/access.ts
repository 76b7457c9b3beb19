// Access: who asks for a gated model, who is let in, whom a model is shared with, and the terms that are accepted.
import * as z from 'zod';
import { defineRoutes } from '../../shared/platform/route.ts';
import { idOf, listOf, listQuery, modelName, timestamp } from '../../shared/platform/schemas.ts';
import { accessStates } from '../terms.ts';
import { modelParams } from './parameters.ts';

const words = (what: string, example: string) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(2_000, 'must be at most 2000 characters')
    .regex(/^[\P{C}\n\t]*$/u, 'must not hold control characters but line ends and tabs')
    .meta({ description: what, example });
const termsVersion = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/, 'must be 1 to 32 of A-Z a-z 0-9 . _ -, beginning with a letter or digit')
  .meta({ description: 'Any name that the publisher gives the terms', example: '2026-11' });
const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 as 64 lower-case hexadecimal digits')
  .meta({ example: 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c' });

const requestParams = modelParams.extend({
  account: z.string().max(200).meta({ description: 'Whose request it is', example: 'acc_01JDA8Z5V4W1T4E5R6T7Y8V9P0' }),
});
const shareParams = modelParams.extend({
  grantee: z.string().max(200).meta({ description: 'An account’s id, or its handle', example: 'globex' }),
});

const acceptance = z.object({
  version: termsVersion,
  sha256,
  acceptedBy: idOf('usr').meta({ description: 'Who accepted, or made the key that did' }),
  acceptedAt: timestamp,
});

export const accessRequest = z.object({
  model: modelName,
  account: z.object({ id: idOf('acc'), handle: z.string().nullable() }).meta({ description: 'Who asks' }),
  state: z.enum(accessStates),
  via: z.enum(['request', 'share']).meta({ description: '`share`: the publisher let the account in unasked' }),
  reason: z.string().nullable(),
  message: z.string().nullable().meta({ description: 'The publisher’s words with its decision' }),
  termsAccepted: acceptance.nullable(),
  requestedAt: timestamp.nullable(),
  decidedAt: timestamp.nullable(),
  createdAt: timestamp,
  updatedAt: timestamp,
});

const share = z.object({
  model: modelName,
  account: z.object({ id: idOf('acc'), handle: z.string().nullable() }),
  createdAt: timestamp,
  updatedAt: timestamp,
});

const terms = z.object({
  version: termsVersion,
  sha256: sha256.meta({ description: 'Of the text' }),
  text: z.string().nullable().meta({ description: 'null: it stands at `url`' }),
  url: z.string().nullable(),
  accepted: z.boolean().meta({ description: 'By the account that asks' }),
  acceptance: acceptance.nullable().meta({ description: 'What the account accepted last, be it an earlier version' }),
  createdAt: timestamp,
  updatedAt: timestamp,
});

const termsText = z
  .string()
  .min(1)
  .max(65_536)
  .regex(/^[\P{C}\n\t]*$/u, 'must not hold control characters but line ends and tabs')
  .meta({ example: 'Use it for research only.' });
const termsUrl = z
  .url({ protocol: /^https$/, error: 'must be an https URL' })
  .max(2_000)
  .meta({ example: 'https://example.com/terms' });

const newTerms = z
  .strictObject({
    version: termsVersion,
    text: termsText
      .optional()
      .meta({ description: 'What is accepted; either this or `url`', example: 'Use it for research only.' }),
    url: termsUrl.optional().meta({ description: 'Where it stands, if not here; then with its `sha256`' }),
    sha256: sha256.optional().meta({ description: 'Of what stands at `url`' }),
  })
  .refine(({ text, url, sha256: hash }) => (text === undefined) === (url !== undefined && hash !== undefined), {
    message: "must have either 'text', or 'url' and 'sha256'",
    path: ['text'],
  })
  .meta({ example: { version: '2026-11', text: 'Use it for research only.' } });

const notFound = 'model_not_found';
const decide = (verb: string, past: string, description: string) =>
  ({
    method: 'POST',
    path: `/v1/models/{model}/access-requests/{account}/${verb}`,
    summary: `${verb[0]?.toUpperCase()}${verb.slice(1)} a request for access`,
    description: `${description} Repeated, it changes nothing. Both sides are told, by event and webhook.`,
    auth: 'required',
    permission: 'models:grant',
    params: requestParams,
    responses: { 200: { description: `The request, ${past}`, body: accessRequest } },
    errors: [notFound, 'not_your_handle', 'access_request_not_found', 'access_state_forbids'],
  }) as const;
const message = words('To the account', 'Welcome: please cite us.');

export const accessRoutes = defineRoutes({
  requestAccess: {
    method: 'POST',
    path: '/v1/models/{model}/access-requests',
    summary: 'Ask for access to a gated model',
    description:
      'One request per account and model; after a refusal it may be made again with another reason, or with the same one a day later. Where the model has terms, `acceptTerms` names the version that is accepted. The publisher is told by event and webhook.',
    auth: 'required',
    permission: 'models:apply',
    params: modelParams,
    body: z.strictObject({
      reason: words('What the model is wanted for; the publisher reads it', 'A study of irises in our garden'),
      acceptTerms: termsVersion.optional().meta({ description: 'The version of the model’s terms that is accepted' }),
    }),
    responses: { 201: { description: 'The request, pending', body: accessRequest, headers: { location: 'Its path' } } },
    errors: [
      notFound,
      'model_withdrawn',
      'access_not_needed',
      'access_request_open',
      'access_request_too_soon',
      'terms_not_accepted',
      'terms_version_mismatch',
    ],
  },
  listAccessRequests: {
    method: 'GET',
    path: '/v1/models/{model}/access-requests',
    summary: 'List requests for access to a model',
    description: 'The model’s publisher is told all, others their own.',
    auth: 'required',
    permission: 'models:read',
    params: modelParams,
    query: listQuery.extend({ state: z.enum(accessStates).optional().meta({ description: 'Only these' }) }),
    responses: { 200: { description: 'A page of requests', body: listOf(accessRequest) } },
    errors: [notFound, 'invalid_cursor'],
  },
  getAccessRequest: {
    method: 'GET',
    path: '/v1/models/{model}/access-requests/{account}',
    summary: 'Get a request for access',
    description: 'Of any account to the model’s publisher, of its own to each.',
    auth: 'required',
    permission: 'models:read',
    params: requestParams,
    responses: { 200: { description: 'The request', body: accessRequest } },
    errors: [notFound, 'access_request_not_found'],
  },
  listMyAccess: {
    method: 'GET',
    path: '/v1/access-requests',
    summary: 'List my account’s access to models of others',
    description: 'Requests and shares, by model. May lag behind a change by moments.',
    auth: 'required',
    permission: 'models:read',
    query: listQuery.extend({ state: z.enum(accessStates).optional().meta({ description: 'Only these' }) }),
    responses: { 200: { description: 'A page of requests', body: listOf(accessRequest) } },
    errors: ['invalid_cursor'],
  },
  declineAccess: {
    method: 'DELETE',
    path: '/v1/access-requests/{model}',
    summary: 'Decline a share, or take a request back',
    description:
      'The account has no access to the model any more, and lists and searches do not show it, unless it has subscribed. It is not shared again until the account asks for it. Repeated, it changes nothing. Both sides are told.',
    auth: 'required',
    permission: 'models:apply',
    params: modelParams,
    responses: { 204: { description: 'It is declined' } },
    errors: ['access_request_not_found'],
  },
  approveAccess: {
    ...decide('approve', 'approved', 'The account may call the model and fetch its files within seconds.'),
    body: z.strictObject({ message: message.optional() }).optional(),
  },
  rejectAccess: {
    ...decide('reject', 'rejected', 'The message is part of what the account’s calls are answered.'),
    body: z.strictObject({ message }),
  },
  revokeAccess: {
    ...decide('revoke', 'revoked', 'Calls are refused within seconds.'),
    body: z.strictObject({ message: message.optional() }).optional(),
  },
  shareModel: {
    method: 'PUT',
    path: '/v1/models/{model}/shares/{grantee}',
    summary: 'Share a model with an account',
    description:
      'A person’s account or an organisation’s: its members see a private model, and call a private or gated one. Repeated, it changes nothing. Both sides are told.',
    auth: 'required',
    permission: 'models:grant',
    params: shareParams,
    responses: { 200: { description: 'The share', body: share } },
    errors: [notFound, 'not_your_handle', 'account_not_found', 'access_not_needed', 'access_state_forbids'],
  },
  listShares: {
    method: 'GET',
    path: '/v1/models/{model}/shares',
    summary: 'List whom a model is shared with',
    auth: 'required',
    permission: 'models:grant',
    params: modelParams,
    query: listQuery,
    responses: { 200: { description: 'A page of shares', body: listOf(share) } },
    errors: [notFound, 'not_your_handle', 'invalid_cursor'],
  },
  unshareModel: {
    method: 'DELETE',
    path: '/v1/models/{model}/shares/{grantee}',
    summary: 'End a share',
    description: 'Calls are refused within seconds. Both sides are told.',
    auth: 'required',
    permission: 'models:grant',
    params: shareParams,
    responses: { 204: { description: 'It is ended' } },
    errors: [notFound, 'not_your_handle', 'account_not_found', 'share_not_found'],
  },
  setTerms: {
    method: 'PUT',
    path: '/v1/models/{model}/terms',
    summary: 'Set the terms of a model',
    description:
      'Who uses the model must have accepted them. A version stays what it is; a new version must be accepted anew, by those who have access too; by subscribers from their next period on.',
    auth: 'required',
    permission: 'models:grant',
    params: modelParams,
    body: newTerms,
    bodyLimitBytes: 524_288,
    responses: { 200: { description: 'The terms', body: terms } },
    errors: [notFound, 'not_your_handle', 'terms_version_exists', 'model_withdrawn'],
  },
  getTerms: {
    method: 'GET',
    path: '/v1/models/{model}/terms',
    summary: 'Get the terms of a model',
    auth: 'optional',
    permission: 'models:read',
    params: modelParams,
    responses: { 200: { description: 'The terms', body: terms } },
    errors: [notFound, 'terms_not_found'],
  },
  acceptTerms: {
    method: 'POST',
    path: '/v1/models/{model}/terms/accept',
    summary: 'Accept the terms of a model',
    description: 'Recorded with who, when, and the SHA-256 of the text. Repeated, it changes nothing.',
    auth: 'required',
    permission: 'models:apply',
    params: modelParams,
    body: z.strictObject({ version: termsVersion }),
    responses: { 200: { description: 'The terms, accepted', body: terms } },
    errors: [notFound, 'terms_not_found', 'terms_version_mismatch'],
  },
  removeTerms: {
    method: 'DELETE',
    path: '/v1/models/{model}/terms',
    summary: 'Ask for no acceptance of terms any more',
    description: 'What was accepted stays on record.',
    auth: 'required',
    permission: 'models:grant',
    params: modelParams,
    responses: { 204: { description: 'The model has no terms' } },
    errors: [notFound, 'not_your_handle', 'terms_not_found', 'model_withdrawn'],
  },
});
