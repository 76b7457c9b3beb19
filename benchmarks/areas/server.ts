// What running waiting requests together gains: the built inference server, one worker, sixteen callers that each wait for
// their answer before they ask again; the same server with JOINED_ROWS=1 beside it.
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeRunAnswer, encodeRunRequest } from '../../lambdas/inference/domain/run-message.ts';
import { buildInferenceServer } from '../../layers/inference-server/build.ts';
import { type Contender, ratioOf, takeTurns } from '../harness.ts';
import { type BenchModel, mlp, smallMlp, trees500 } from '../models.ts';
import type { Area } from '../run.ts';
import { normal } from '../seeded.ts';

const CALLERS = 16;
const CALLS_EACH = 8;
/** Requests made before the clock runs; each call takes the next. */
const POOL = 512;
const SEED = 7;
const ROUNDS = 15;

interface Case {
  readonly model: BenchModel;
  readonly wavesPerRound: number;
  readonly goal: string;
}

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });

const agent = new Agent({ keepAlive: true, maxSockets: CALLERS });

const post = (port: number, path: string, method: string, body?: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const one = request({ host: '127.0.0.1', port, path, method, agent }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(Buffer.concat(chunks));
        else reject(new Error(`${path} must answer 200, got ${answer.statusCode}: ${Buffer.concat(chunks)}`));
      });
    });
    one.on('error', reject);
    one.end(body);
  });

interface Running {
  readonly port: number;
  readonly process: ChildProcess;
  /** When its log says that the model keeps rows apart. */
  readonly proven: Promise<void>;
}

const start = async (directory: string, modelPath: string, sha256: string, joinedRows: number): Promise<Running> => {
  const port = await freePort();
  const child = spawn(process.execPath, [join(directory, 'nodejs', 'main.js')], {
    env: {
      PORT: String(port),
      HOST: '127.0.0.1',
      WORKERS: '1',
      JOINED_ROWS: String(joinedRows),
      MODELS: JSON.stringify([{ path: modelPath, sha256 }]),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const proven = new Promise<void>((resolve, reject) => {
    let tail = '';
    const read = (chunk: Buffer) => {
      tail = tail.slice(-200) + chunk.toString('utf8');
      if (!/"work":"row_proof"[^\n]*\n/.test(tail)) return;
      child.stdout.off('data', read);
      // Read on, and looked at no more.
      child.stdout.resume();
      if (tail.includes('"proven":true')) resolve();
      else reject(new Error(`the model must be proven to keep rows apart: ${tail}`));
    };
    child.stdout.on('data', read);
  });
  proven.catch(() => {});
  const isUp = () =>
    post(port, '/ping', 'GET').then(
      () => true,
      () => false,
    );
  while (!(await isUp())) await new Promise((resolve) => setTimeout(resolve, 50));
  return { port, process: child, proven };
};

const requestsOf = ({ onnx, width, outputs }: BenchModel, sha256: string): readonly Buffer[] => {
  const draw = normal(SEED);
  return Array.from({ length: POOL }, () => {
    const data = new Uint8Array(Float32Array.from({ length: width }, draw).buffer);
    const inputs = [{ name: 'x', datatype: 'FP32' as const, shape: [1, width], data }];
    const artifact = { key: `sha256/${sha256}`, sha256, sizeBytes: onnx.length };
    return Buffer.from(JSON.stringify(encodeRunRequest({ lane: 'run-2gib', artifact, inputs, outputs })));
  });
};

/** A wave: each caller's calls, one after the other, all callers at once. */
const contender = (name: string, port: number, requests: readonly Buffer[]): Contender => ({
  name,
  call: (index) =>
    Promise.all(
      Array.from({ length: CALLERS }, async (_, caller) => {
        for (let call = 0; call < CALLS_EACH; call++) {
          const number = (index * CALLERS + caller) * CALLS_EACH + call;
          await post(port, '/invocations', 'POST', requests[number % requests.length]);
        }
      }),
    ),
});

const outputOf = (answer: Buffer): Float32Array => {
  const outcome = decodeRunAnswer(JSON.parse(answer.toString('utf8')));
  const [output] = outcome.ok ? outcome.outputs : [];
  return new Float32Array(Uint8Array.from(output?.data ?? []).buffer);
};

/** @throws Error when a request is answered otherwise in company than alone */
const checkAlike = async (joined: number, alone: number, requests: readonly Buffer[]): Promise<void> => {
  const bodies = requests.slice(0, 64);
  const together = await Promise.all(bodies.map((body) => post(joined, '/invocations', 'POST', body)));
  for (const [index, body] of bodies.entries()) {
    const expected = outputOf(await post(alone, '/invocations', 'POST', body));
    const got = outputOf(together[index] ?? Buffer.alloc(0));
    const isClose = expected.every(
      (value, at) => Math.abs(value - (got[at] ?? Number.NaN)) <= 1e-6 * Math.max(1, Math.abs(value)),
    );
    if (!isClose || got.length !== expected.length)
      throw new Error(`request ${index} is answered otherwise in company`);
  }
};

const measure = async (directory: string, { model, wavesPerRound }: Case) => {
  const sha256 = createHash('sha256').update(model.onnx).digest('hex');
  const path = join(directory, `${model.name}.onnx`);
  writeFileSync(path, model.onnx);
  const [joined, alone] = [await start(directory, path, sha256, 256), await start(directory, path, sha256, 1)];
  try {
    const requests = requestsOf(model, sha256);
    const contenders = [contender('joined', joined.port, requests), contender('alone', alone.port, requests)];
    for (const one of contenders) await one.call(0);
    await joined.proven;
    await checkAlike(joined.port, alone.port, requests);
    const times = await takeTurns(contenders, { rounds: ROUNDS, callsPerRound: wavesPerRound });
    return ratioOf(times.get('alone') ?? [], times.get('joined') ?? []);
  } finally {
    for (const { process: child } of [joined, alone]) child.kill('SIGKILL');
  }
};

export const area: Area = {
  method:
    'the built inference server with one worker process, over HTTP on loopback; 16 callers on kept connections, each ' +
    'asking again when answered, one seeded row a request; requests that wait run together, against JOINED_ROWS=1; ' +
    'callers, server and worker share the machine; answers compared first; rounds in turn, ratio of throughputs by round',
  run: async (report) => {
    const directory = buildInferenceServer(mkdtempSync(join(tmpdir(), 'aimass-bench-server-')));
    const cases: readonly Case[] = [
      { model: smallMlp(), wavesPerRound: 8, goal: '> 1' },
      { model: trees500(), wavesPerRound: 8, goal: '> 1' },
      { model: mlp('mlp4m', [1024, 2048, 1024, 100], 5), wavesPerRound: 2, goal: '> 1' },
    ];
    try {
      for (const one of cases) {
        process.stderr.write(`server: ${one.model.name}\n`);
        const ratio = await measure(directory, one);
        const { goal } = one;
        report({
          case: `${one.model.name}-c${CALLERS}`,
          metric: 'joined_over_alone',
          ...ratio,
          unit: 'ratio',
          baseline: 'JOINED_ROWS=1',
          goal,
        });
      }
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};
