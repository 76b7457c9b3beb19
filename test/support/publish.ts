// Publishes a model the way api.md says: create, version, upload, complete, wait, publish.
import { createHash } from 'node:crypto';
import type { Answer, Person } from './person.ts';

export interface Publication {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Beside the model, by path. */
  readonly others?: Readonly<Record<string, Uint8Array>>;
  readonly version?: string;
  readonly price?: { readonly perCallMicros: string; readonly perRowMicros: string };
}

/** A trial run alone may last a minute. */
const SCAN_PATIENCE_MS = 120_000;

const must = (answer: Answer, status: number) => {
  if (answer.status !== status)
    throw new Error(`expected ${status}, got ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
};

export const upload = async (bytes: Uint8Array, { url, fields }: { url: string; fields: Record<string, string> }) => {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([Buffer.from(bytes)]), 'model.onnx');
  const answer = await fetch(url, { method: 'POST', body: form });
  if (!answer.ok) throw new Error(`upload answered ${answer.status} ${await answer.text()}`);
};

/** Up to the end of the scan. @returns the version as the API tells it: `validated` or `rejected` */
export const submitModel = async (
  publisher: Person,
  { name, bytes, others = {}, version = '1.0.0', price }: Publication,
) => {
  const created = await publisher.byKey('POST', '/v1/models', {
    name,
    summary: 'A model of the story',
    task: 'tabular-classification',
    license: 'Apache-2.0',
    visibility: 'public',
    ...(price ? { price } : {}),
  });
  if (created.status !== 409) must(created, 201);
  const contents: Readonly<Record<string, Uint8Array>> = { 'model.onnx': bytes, ...others };
  const draft = must(
    await publisher.byKey('POST', `/v1/models/${name}/versions`, {
      version,
      files: Object.entries(contents).map(([path, content]) => ({
        path,
        sizeBytes: content.length,
        sha256: createHash('sha256').update(content).digest('hex'),
      })),
    }),
    201,
  );
  for (const address of draft.uploads) await upload(contents[address.path] ?? Buffer.alloc(0), address);
  must(await publisher.byKey('POST', `/v1/models/${name}/versions/${version}/complete`), 202);
  for (const deadlineMs = Date.now() + SCAN_PATIENCE_MS; Date.now() < deadlineMs; ) {
    const current = must(await publisher.byKey('GET', `/v1/models/${name}/versions/${version}`), 200);
    if (current.state !== 'scanning') return current;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`${name} ${version} is still scanning`);
};

/** The whole way. @returns the published version as the API tells it */
export const publishModel = async (publisher: Person, publication: Publication) => {
  const version = publication.version ?? '1.0.0';
  const scanned = await submitModel(publisher, publication);
  if (scanned.state !== 'validated') throw new Error(`not validated: ${JSON.stringify(scanned)}`);
  return must(await publisher.byKey('POST', `/v1/models/${publication.name}/versions/${version}/publish`), 200);
};
