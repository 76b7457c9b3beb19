// A published version over stores in memory, by the API's own calls, with the scan's verdict put in its place.
import { createHash } from 'node:crypto';
import { newModel, type registryApi } from '../../support/registry-api.ts';
import { type MemoryRegistry, validated } from './memory-registry.ts';

export const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

/** @returns the SHA-256 of the artifact */
export const publishInMemory = async (
  registry: MemoryRegistry,
  call: ReturnType<typeof registryApi>,
  { name, version = '1.0.0', more = {} }: { readonly name: string; readonly version?: string; readonly more?: object },
): Promise<string> => {
  const who = name.slice(0, name.indexOf('.'));
  const announced = hashOf('announced');
  await call('POST', '/v1/models', { who, body: newModel(name, more) });
  const files = [{ path: 'model.onnx', sizeBytes: 3, sha256: announced }];
  const { body } = await call('POST', `/v1/models/${name}/versions`, { who, body: { version, files } });
  registry.objects.set(body.uploads[0].fields.key, { sizeBytes: 3, sha256: announced });
  await call('POST', `/v1/models/${name}/versions/${version}/complete`, { who });
  const sha256 = hashOf(`${name} ${version}`);
  registry.settleAs(name, version, {
    state: 'validated',
    validated: { ...validated, artifact: { key: `sha256/${sha256}`, sha256, sizeBytes: 1234 } },
  });
  const published = await call('POST', `/v1/models/${name}/versions/${version}/publish`, { who });
  if (published.status !== 200) throw new Error(`not published: ${published.text}`);
  return sha256;
};
