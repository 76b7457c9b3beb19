// From the start of a process to its first answer: our functions as they are bundled and deployed, against the script
// that a newcomer would write. Both fetch the model over loopback HTTP from this process.
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { decodeRunAnswer, encodeRunRequest } from '../../lambdas/inference/domain/run-message.ts';
import type { StoredFile } from '../../lambdas/inference/ports.ts';
import type { Product } from '../../lambdas/registry/contract.ts';
import { compileModel } from '../../lambdas/shared/executor/compile/compile-model.ts';
import { buildOnnxruntimeLayer } from '../../layers/onnxruntime/build.ts';
import { type Bundles, bundleFunctions } from '../../lib/bundle.ts';
import { root } from '../../lib/root.ts';
import { startObjectServer } from '../cold-start/object-server.ts';
import { type ColdStart, startChild } from '../cold-start/start-child.ts';
import { median, ratioOf } from '../harness.ts';
import { type BenchModel, largeMlp, smallMlp, trees500 } from '../models.ts';
import type { Area } from '../run.ts';
import { normal } from '../seeded.ts';

const SEED = 13;
const BUCKET = 'artifacts';

interface Case {
  readonly model: BenchModel;
  /** Where publishing has a version of this model run. */
  readonly lane: 'run' | 'typescript';
  readonly rounds: number;
  readonly goal: string;
  /** Of a value of 1 or more, or of 1: nothing where nothing is rounded in another order. */
  readonly tolerance: number;
}

interface Side {
  readonly name: 'naive' | 'ours';
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  event(row: Float32Array): unknown;
  outputOf(answer: unknown): readonly number[];
}

/** What all cases share. */
interface Place {
  readonly folder: string;
  readonly bundles: Bundles;
  readonly layer: string;
  readonly objects: Map<string, Uint8Array>;
  readonly env: Readonly<Record<string, string>>;
}

const put = (objects: Map<string, Uint8Array>, bytes: Uint8Array): StoredFile => {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const key = `sha256/${sha256}`;
  objects.set(key, bytes);
  return { key, sha256, sizeBytes: bytes.length };
};

const plainAnswer = (answer: unknown): readonly number[] => (answer as { data: number[] }).data;

const naiveSide = ({ model }: Case, { objects, env }: Place): Side => ({
  name: 'naive',
  file: join(root, 'benchmarks/naive/cold-start.mjs'),
  env: { ...env, MODEL_BUCKET: BUCKET, MODEL_KEY: put(objects, model.onnx).key },
  event: (row) => ({ shape: [1, model.width], data: [...row] }),
  outputOf: plainAnswer,
});

/** The product that a run function maps, written by onnxruntime itself as the scan has it written. */
const writeOrt = async ({ model }: Case, { folder, objects }: Place): Promise<Product> => {
  const require = createRequire(import.meta.filename);
  const { InferenceSession } = require('onnxruntime-node') as typeof import('onnxruntime-node');
  const { version } = require('onnxruntime-node/package.json') as { version: string };
  const path = join(folder, `${model.name}.ort`);
  const session = await InferenceSession.create(model.onnx, {
    optimizedModelFilePath: path,
    graphOptimizationLevel: 'extended',
    logSeverityLevel: 3,
    extra: { session: { save_model_format: 'ORT' } },
  });
  await session.release();
  return { kind: 'ort', ...put(objects, readFileSync(path)), madeBy: `onnxruntime-node ${version}` };
};

const runSide = async (one: Case, place: Place): Promise<Side> => {
  const { model } = one;
  const artifact = put(place.objects, model.onnx);
  const ort = await writeOrt(one, place);
  return {
    name: 'ours',
    file: join(place.bundles.directoryOf('inference', 'run'), 'index.js'),
    env: { ...place.env, NODE_PATH: join(place.layer, 'nodejs', 'node_modules') },
    event: (row) => {
      const data = new Uint8Array(row.buffer);
      const inputs = [{ name: 'x', datatype: 'FP32' as const, shape: [1, model.width], data }];
      return encodeRunRequest({ lane: 'run-2gib', artifact, products: [ort], inputs, outputs: ['y'] });
    },
    outputOf: (answer) => {
      const outcome = decodeRunAnswer(answer);
      if (!outcome.ok) throw new Error(`the run function answered ${JSON.stringify(answer)}`);
      return [...new Float32Array(Uint8Array.from(outcome.outputs[0]?.data ?? []).buffer)];
    },
  };
};

const typescriptSide = ({ model }: Case, { folder, objects, env }: Place): Side => {
  const compiled = compileModel(model.onnx);
  if (!compiled.supported) throw new Error(`${model.name} must compile: ${compiled.reason}`);
  const flat = put(objects, compiled.bytes);
  const file = join(folder, 'typescript-lane.js');
  buildSync({
    entryPoints: [join(root, 'benchmarks/cold-start/typescript-lane.ts')],
    outfile: file,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    minify: true,
  });
  return {
    name: 'ours',
    file,
    env,
    event: (row) => ({ flat, shape: [1, model.width], data: [...row] }),
    outputOf: plainAnswer,
  };
};

const checkAlike = (one: Case, naive: readonly number[], ours: readonly number[]): void => {
  if (naive.length === 0 || naive.length !== ours.length) {
    throw new Error(`${one.model.name} gives ${naive.length} and ${ours.length} numbers`);
  }
  for (const [index, value] of naive.entries()) {
    const other = ours[index] ?? Number.NaN;
    if (!(Math.abs(value - other) <= one.tolerance * Math.max(1, Math.abs(value)))) {
      throw new Error(`${one.model.name} answers ${value} and ${other} at ${index}`);
    }
  }
};

const totalMs = ({ codeMs, answerMs }: ColdStart) => codeMs + answerMs;

const tellPhases = (name: string, side: string, starts: readonly ColdStart[]): void => {
  const middle = (part: (start: ColdStart) => number) => median(starts.map(part)).toFixed(1);
  const inside = (member: 'loadMs' | 'runMs') => {
    const times = starts.flatMap(({ answer }) => (answer as Record<string, unknown>)[member] ?? []) as number[];
    return times.length > 0 ? `, ${member} ${median(times).toFixed(1)}` : '';
  };
  process.stderr.write(
    `  ${name} ${side}: boot ${middle(({ bootMs }) => bootMs)} (not counted), code ${middle(({ codeMs }) => codeMs)}, ` +
      `first answer ${middle(({ answerMs }) => answerMs)}${inside('loadMs')}${inside('runMs')}, all ${middle(totalMs)} ms; ${middle(({ cpuMs }) => cpuMs)} ms of processor time\n`,
  );
};

const measure = async (one: Case, place: Place) => {
  const naive = naiveSide(one, place);
  const ours = one.lane === 'run' ? await runSide(one, place) : typescriptSide(one, place);
  const draw = normal(SEED);
  const starts = { naive: [] as ColdStart[], ours: [] as ColdStart[] };
  // The round before the first brings everything into the page cache, for both.
  for (let round = -1; round < one.rounds; round++) {
    const row = Float32Array.from({ length: one.model.width }, draw);
    const outputs = { naive: [] as readonly number[], ours: [] as readonly number[] };
    for (const side of round % 2 === 0 ? [naive, ours] : [ours, naive]) {
      const start = await startChild(side.file, side.event(row), side.env);
      outputs[side.name] = side.outputOf(start.answer);
      if (round >= 0) starts[side.name].push(start);
    }
    checkAlike(one, outputs.naive, outputs.ours);
  }
  for (const side of ['naive', 'ours'] as const) tellPhases(one.model.name, side, starts[side]);
  return ratioOf(starts.naive.map(totalMs), starts.ours.map(totalMs));
};

const bytesBelow = (folder: string, ending = ''): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);

const reportSizes = ({ bundles, layer }: Place, report: Parameters<Area['run']>[0]): void => {
  const kibOf = (name: string) => bytesBelow(bundles.directoryOf('inference', name), '.js') / 1024;
  const [run, infer] = [kibOf('run'), kibOf('infer')];
  process.stderr.write(`  bundle: run ${run.toFixed(1)} KiB, infer ${infer.toFixed(1)} KiB\n`);
  const rounded = (value: number) => Number(value.toPrecision(4));
  const shared = { case: 'bundle', baseline: 'nothing: a size' };
  report({ ...shared, metric: 'own_js_kib', value: rounded(Math.max(run, infer)), unit: 'KiB', goal: '≤ 150' });
  report({ ...shared, metric: 'layer_mib', value: rounded(bytesBelow(layer) / 2 ** 20), unit: 'MiB', goal: '≤ 46' });
};

export const area: Area = {
  method:
    'process entry (first line of the script that starts the handler; Node’s own boot is not counted) → text of the ' +
    'first answer; a process a start, both sides in turn, ratio by round, median and quartiles. Both fetch the model ' +
    'over loopback HTTP from this process; page cache warm for both. naive: benchmarks/naive/cold-start.mjs from ' +
    'node_modules. mlp25m: the deployed bundle of the run functions with the pruned layer, mapping the ort product. ' +
    'mlp, trees500: the TypeScript lane’s modules, bundled. own_js_kib: the larger of the run and infer bundles, each ' +
    'told on stderr',
  run: async (report) => {
    const folder = mkdtempSync(join(tmpdir(), 'aimass-cold-start-'));
    const objects = new Map<string, Uint8Array>();
    const server = await startObjectServer(objects);
    try {
      const place: Place = {
        folder,
        objects,
        bundles: bundleFunctions({}, join(folder, 'functions')),
        layer: buildOnnxruntimeLayer(join(folder, 'layer')),
        env: {
          AWS_REGION: 'eu-central-1',
          AWS_ACCESS_KEY_ID: 'bench',
          AWS_SECRET_ACCESS_KEY: 'bench',
          AWS_ENDPOINT_URL: server.endpoint,
          AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '2048',
          ARTIFACTS_BUCKET: BUCKET,
        },
      };
      process.stderr.write('cold-start: page cache warm for both (each side is started once before)\n');
      const cases: readonly Case[] = [
        { model: largeMlp(), lane: 'run', rounds: 15, goal: '≥ 8', tolerance: 1e-6 },
        { model: smallMlp(), lane: 'typescript', rounds: 25, goal: '≥ 4.5', tolerance: 1e-6 },
        { model: trees500(), lane: 'typescript', rounds: 25, goal: '≥ 15', tolerance: 0 },
      ];
      for (const one of cases) {
        const ratio = await measure(one, place);
        const { name } = one.model;
        report({
          case: name,
          metric: 'naive_over_ours',
          ...ratio,
          unit: 'ratio',
          baseline: 'naive script',
          goal: one.goal,
        });
      }
      reportSizes(place, report);
    } finally {
      server.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
