// Manifests: what anybody checks a version’s files by, without trusting whoever gave them.
import * as z from 'zod';
import { defineRoutes } from '../../shared/platform/route.ts';
import { MANIFEST_TYPE } from '../domain/manifest-type.ts';
import { versionParams } from './parameters.ts';

const envelope = z.object({
  payloadType: z.literal(MANIFEST_TYPE),
  payload: z.string().meta({
    description:
      'Base64 of a JSON object in canonical form (RFC 8785): `schema`, `model`, `version`, `files` with size and SHA-256 each, `artifact` (what is run), `products`, `signature` (the tensors), `lane`, `scanner`, `createdAt`',
  }),
  signatures: z.array(
    z.object({
      keyid: z.string().meta({ description: '`kid` of one of `GET /v1/manifest-keys`' }),
      sig: z.string().meta({
        description: 'Base64 of an ECDSA signature (P-256, SHA-256, DER) over DSSE’s pre-authentication encoding',
      }),
    }),
  ),
});

const key = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  kid: z.string().meta({ description: 'The key’s thumbprint (RFC 7638)' }),
  alg: z.literal('ES256'),
  use: z.literal('sig'),
});

export const manifestRoutes = defineRoutes({
  getManifest: {
    method: 'GET',
    path: '/v1/models/{model}/versions/{version}/manifest',
    summary: 'Get a version’s signed manifest',
    description:
      'A DSSE envelope over the SHA-256 of every file of the version and of what is run. It was signed when the version was validated, and is checked before the version is run; a new one is signed when what serves the version faster is made anew.',
    auth: 'optional',
    permission: 'models:read',
    params: versionParams,
    responses: { 200: { description: 'The envelope', body: envelope } },
    errors: ['model_not_found', 'version_not_found', 'manifest_not_found'],
  },
  listManifestKeys: {
    method: 'GET',
    path: '/v1/manifest-keys',
    summary: 'List the keys that manifests are signed with',
    description: 'A JSON Web Key Set (RFC 7517); the first signs, the others did. Keep them: who checks needs no call.',
    auth: 'public',
    responses: { 200: { description: 'The public keys', body: z.object({ keys: z.array(key) }) } },
    errors: [],
  },
});
