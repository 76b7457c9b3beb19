// Records what a cloud copy's functions ask of AWS: each is told, in the copied state, that AWS is where the recorder
// listens for it alone. So which function calls is certain, and no code of ours knows of it.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import * as z from 'zod';
import type { RecordingOptions } from './recording-proxy.ts';

/** Where `npm test` wants recordings; without it none are made. */
const folder = process.env.AIMASS_RECORDINGS;

const config = z.looseObject({
  FunctionName: z.string(),
  Environment: z.looseObject({ Variables: z.record(z.string(), z.string()) }),
});
const functionsState = z.looseObject({
  payload: z.looseObject({
    functions: z.looseObject({
      data: z.record(z.string(), z.looseObject({ config, versions: z.record(z.string(), z.never()) })),
    }),
  }),
});

export interface RecorderPlace {
  /** The emulator's STATE_DIR of the copy, before it starts. */
  readonly stateFolder: string;
  readonly endpoint: string;
  /** Folder of the template that the copy is made of. */
  readonly template: string;
}

/** Begins to listen and points the copy's functions there. @returns what ends it; call it when the emulator is stopped */
export const startRecorder = async ({
  stateFolder,
  endpoint,
  template,
}: RecorderPlace): Promise<() => Promise<void>> => {
  if (!folder) return async () => {};
  mkdirSync(folder, { recursive: true });
  const stateFile = join(stateFolder, 'lambda.json');
  const state = functionsState.parse(JSON.parse(readFileSync(stateFile, 'utf8')));
  const configs = Object.values(state.payload.functions.data).map((one) => one.config);
  const options: RecordingOptions = {
    target: endpoint,
    functions: configs.map(({ FunctionName }) => FunctionName),
    template,
    file: join(folder, `${new URL(endpoint).port}-${process.pid}.jsonl`),
  };
  if (existsSync(options.file)) throw new Error(`a recording is there already: ${options.file}`);
  const worker = new Worker(new URL('recording-proxy.ts', import.meta.url), { workerData: options });
  const ports = await new Promise<unknown>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  const portOf = z.record(z.string(), z.number()).parse(ports);
  for (const { FunctionName, Environment } of configs) {
    Environment.Variables.AWS_ENDPOINT_URL = `http://127.0.0.1:${portOf[FunctionName]}`;
  }
  writeFileSync(stateFile, JSON.stringify(state));
  return async () => {
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.postMessage('end');
    await ended;
  };
};
