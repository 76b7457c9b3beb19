/** GET /v1/manifest-keys */
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import type { ManifestKeys } from '../ports/manifests.ts';

export const listManifestKeys =
  ({ manifestKeys }: { readonly manifestKeys: ManifestKeys }): UseCase<typeof registryRoutes.listManifestKeys> =>
  async () => {
    const keys = [...(await manifestKeys.all())].map(([kid, key]) => {
      const { x = '', y = '' } = key.export({ format: 'jwk' });
      return { kty: 'EC', crv: 'P-256', x, y, kid, alg: 'ES256', use: 'sig' } as const;
    });
    return { status: 200, body: { keys } };
  };
