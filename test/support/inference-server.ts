// The inference server with its real child processes, on a free port, and a caller for it.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeRunRequest } from '../../lambdas/inference/domain/run-message.ts';
import type { Tensor } from '../../lambdas/inference/domain/tensor.ts';
import { type InferenceServer, startInferenceServer } from '../../lambdas/inference/server/inference-server.ts';
import type { ModelStore } from '../../lambdas/inference/server/model-files.ts';
import { serverEnv } from '../../lambdas/inference/server/server-env.ts';

const fileOf = (name: string) => fileURLToPath(new URL(`../../lambdas/inference/server/${name}.ts`, import.meta.url));

export interface ServedModel {
  readonly sha256: string;
  readonly sizeBytes: number;
}

export const servedModelOf = (model: Uint8Array): ServedModel => ({
  sha256: createHash('sha256').update(model).digest('hex'),
  sizeBytes: model.length,
});

export interface ServerAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Record<string, unknown>;
}

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

/** One request; its body as it is, or as JSON. */
export const send = (
  port: number,
  path: string,
  { method = 'POST', body }: { method?: string; body?: unknown } = {},
): Promise<ServerAnswer> =>
  new Promise((resolve, reject) => {
    const one = request({ port, host: '127.0.0.1', path, method, agent }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
        });
      });
    });
    one.on('error', reject);
    if (body === undefined) one.end();
    else one.end(body instanceof Uint8Array ? body : JSON.stringify(body));
  });

/** What `infer` would send for the run. */
export const messageFor = (model: ServedModel, inputs: readonly Tensor[], outputs: readonly string[]): unknown =>
  encodeRunRequest({ lane: 'run-2gib', artifact: { ...model, key: `sha256/${model.sha256}` }, inputs, outputs });

export interface RunningServer extends InferenceServer {
  call(model: ServedModel, inputs: readonly Tensor[], outputs: readonly string[]): Promise<ServerAnswer>;
}

/** @param env - differing from the defaults @param store - of models that did not come with it */
export const startServer = async (
  models: readonly Uint8Array[],
  env: Readonly<Record<string, string | number>> = {},
  store?: ModelStore,
): Promise<RunningServer> => {
  const directory = mkdtempSync(join(tmpdir(), 'served-'));
  const own = models.map((model, index) => {
    const path = join(directory, `${index}.onnx`);
    writeFileSync(path, model);
    return { path, sha256: servedModelOf(model).sha256 };
  });
  const server = await startInferenceServer({
    env: serverEnv.parse({ PORT: 0, HOST: '127.0.0.1', WORKERS: 2, MODELS: JSON.stringify(own), ...env }),
    childFiles: { run: fileOf('run-child'), prove: fileOf('prove-child') },
    store,
  });
  while ((await send(server.port, '/ping', { method: 'GET' })).status !== 200) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    ...server,
    call: (model, inputs, outputs) => send(server.port, '/invocations', { body: messageFor(model, inputs, outputs) }),
    close: async () => {
      await server.close();
      rmSync(directory, { recursive: true });
    },
  };
};
