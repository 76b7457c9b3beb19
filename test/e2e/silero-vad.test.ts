// A real speech model through the public API: Silero VAD (MIT), from the npm package @ricky0123/vad-web, is published and
// called frame by frame, its state carried from answer to request, and equals the runtime called directly, bit for bit.
import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { callApi, Person } from '../support/person.ts';
import { publishModel } from '../support/publish.ts';
import { isVoiced, speechLike } from '../support/speech.ts';

/** Input that carries state → output that it comes back from. */
type States = Readonly<Record<string, { readonly from: string; readonly shape: readonly number[] }>>;

const models = {
  silero_vad_v5: { state: { from: 'stateN', shape: [2, 1, 128] } },
  silero_vad_legacy: { h: { from: 'hn', shape: [2, 1, 64] }, c: { from: 'cn', shape: [2, 1, 64] } },
} satisfies Readonly<Record<string, States>>;
type Name = keyof typeof models;

const bytesOf = (name: Name) =>
  readFileSync(new URL(`../../node_modules/@ricky0123/vad-web/dist/${name}.onnx`, import.meta.url));

const FRAME_SECONDS = 0.032;
const framesOf = (rate: number, seconds: number) => {
  const [sound, size] = [speechLike({ seed: 7, seconds, rate }), Math.round(rate * FRAME_SECONDS)];
  return Array.from({ length: Math.floor(sound.length / size) }, (_, frame) =>
    sound.slice(frame * size, (frame + 1) * size),
  );
};

/** What one frame gives: the probability of speech, and the states by the input that takes them next. */
interface Step {
  readonly probability: Float32Array;
  readonly states: Readonly<Record<string, Float32Array>>;
}

type Run = (frame: Float32Array, states: Step['states']) => Promise<Step>;

const walk = async (name: Name, frames: readonly Float32Array[], run: Run): Promise<Step[]> => {
  const steps: Step[] = [];
  let states: Step['states'] = Object.fromEntries(
    Object.entries(models[name]).map(([input, { shape }]) => [
      input,
      new Float32Array(shape.reduce((a, b) => a * b, 1)),
    ]),
  );
  for (const frame of frames) {
    const step = await run(frame, states);
    steps.push(step);
    states = step.states;
  }
  return steps;
};

const toStep = (name: Name, outputOf: (output: string) => Float32Array): Step => ({
  probability: outputOf('output'),
  states: Object.fromEntries(Object.entries(models[name]).map(([input, { from }]) => [input, outputOf(from)])),
});

let cloud: Cloud;
let publisher: Person;
let handle: string;

/** The runtime itself, as a lane sets it. */
const directly = async (name: Name, rate: number): Promise<Run> => {
  const session = await InferenceSession.create(bytesOf(name), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  return async (frame, states) => {
    const results = await session.run({
      input: new Tensor('float32', frame, [1, frame.length]),
      sr: new Tensor('int64', BigInt64Array.of(BigInt(rate)), []),
      ...Object.fromEntries(
        Object.entries<States[string]>(models[name]).map(([input, { shape }]) => [
          input,
          new Tensor('float32', states[input] ?? new Float32Array(0), shape),
        ]),
      ),
    });
    return toStep(name, (output) => Float32Array.from(results[output]?.data as Float32Array));
  };
};

const inputsOf = (name: Name, frame: Float32Array, states: Step['states']) => [
  { name: 'input', datatype: 'FP32', shape: [1, frame.length], values: frame },
  ...Object.entries<States[string]>(models[name]).map(([input, { shape }]) => ({
    name: input,
    datatype: 'FP32',
    shape,
    values: states[input] ?? new Float32Array(0),
  })),
];

const infer = async (name: Name, body: unknown, headers: Record<string, string> = {}) => {
  const answer = await callApi(
    cloud.apiUrl,
    publisher.key,
    'POST',
    `/v2/models/${handle}.${name}/infer`,
    body,
    headers,
  );
  if (answer.status !== 200) throw new Error(`infer answered ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer;
};

/** JSON.stringify writes −0 as 0; the protocol, as JSON itself, has both. */
const literal = (value: number) => (Object.is(value, -0) ? '-0.0' : String(value));

const inJson =
  (name: Name, rate: number): Run =>
  async (frame, states) => {
    const tensors = inputsOf(name, frame, states).map(
      ({ values, ...tensor }) =>
        `${JSON.stringify(tensor).slice(0, -1)},"data":[${Array.from(values, literal).join(',')}]}`,
    );
    const sr = JSON.stringify({ name: 'sr', datatype: 'INT64', shape: [], data: [rate] });
    const { body } = await infer(name, Buffer.from(`{"inputs":[${[...tensors, sr].join(',')}]}`));
    return toStep(name, (output) =>
      Float32Array.from(body.outputs.find((one: { name: string }) => one.name === output).data),
    );
  };

const inBinary =
  (name: Name, rate: number): Run =>
  async (frame, states) => {
    const tensors = inputsOf(name, frame, states).map((tensor) => ({
      ...tensor,
      bytes: Buffer.from(tensor.values.buffer),
    }));
    const sr = Buffer.alloc(8);
    sr.writeBigInt64LE(BigInt(rate));
    const described = [...tensors, { name: 'sr', datatype: 'INT64', shape: [], bytes: sr }];
    const head = Buffer.from(
      JSON.stringify({
        parameters: { binary_data_output: true },
        inputs: described.map(({ name: input, datatype, shape, bytes }) => ({
          name: input,
          datatype,
          shape,
          parameters: { binary_data_size: bytes.length },
        })),
      }),
    );
    const { body, headers } = await infer(name, Buffer.concat([head, ...described.map(({ bytes }) => bytes)]), {
      'inference-header-content-length': String(head.length),
      'content-type': 'application/octet-stream',
    });
    const length = Number(headers.get('inference-header-content-length'));
    const outputs = new Map<string, Float32Array>();
    let at = length;
    for (const { name: output, parameters } of JSON.parse(body.toString('utf8', 0, length)).outputs) {
      const size = parameters.binary_data_size;
      outputs.set(output, new Float32Array(Uint8Array.from(body.subarray(at, at + size)).buffer));
      at += size;
    }
    expect(at).toBe(body.length);
    return toStep(name, (output) => outputs.get(output) ?? new Float32Array(0));
  };

const bitsOf = ({ probability, states }: Step) =>
  [probability, ...Object.values(states)].map((values) => Buffer.from(values.buffer).toString('hex')).join(' ');

beforeAll(async () => {
  cloud = await startCloud();
  publisher = await new Person(cloud, 'speech').join();
  handle = `speech-${Math.random().toString(36).slice(2, 8)}`;
  await publisher.as('PATCH', '/v1/account', { handle });
  await publisher.makeKey(['models:read', 'models:write', 'infer']);
});

afterAll(() => cloud?.stop());

describe('Silero VAD', () => {
  it('passes the scan and the trial run, and is published with its states and its scalar', async () => {
    const names: readonly Name[] = ['silero_vad_v5', 'silero_vad_legacy'];
    const [v5, legacy] = await Promise.all(
      names.map((name) => publishModel(publisher, { name: `${handle}.${name}`, bytes: bytesOf(name) })),
    );
    expect(v5.signature.inputs).toMatchObject([
      { name: 'input', datatype: 'FP32', shape: [-1, -1] },
      { name: 'state', datatype: 'FP32', shape: [2, -1, 128] },
      { name: 'sr', datatype: 'INT64', shape: [] },
    ]);
    expect(v5.signature.outputs).toMatchObject([
      { name: 'output', datatype: 'FP32', shape: [-1, 1] },
      { name: 'stateN', datatype: 'FP32' },
    ]);
    expect(legacy.signature.inputs.map((input: { name: string }) => input.name)).toEqual(['input', 'sr', 'h', 'c']);
  });

  it.each([
    { name: 'silero_vad_v5', rate: 16_000, form: 'JSON', call: inJson, seconds: 1.6 },
    { name: 'silero_vad_v5', rate: 16_000, form: 'binary', call: inBinary, seconds: 1.6 },
    { name: 'silero_vad_v5', rate: 8_000, form: 'binary', call: inBinary, seconds: 0.7 },
    { name: 'silero_vad_legacy', rate: 16_000, form: 'JSON', call: inJson, seconds: 0.7 },
    { name: 'silero_vad_legacy', rate: 16_000, form: 'binary', call: inBinary, seconds: 0.7 },
  ] as const)(
    '$name at $rate Hz in $form equals the runtime over all frames, bit for bit',
    async ({ name, rate, call, seconds }) => {
      const frames = framesOf(rate, seconds);
      expect(frames.length).toBeGreaterThanOrEqual(20);
      const called = await walk(name, frames, call(name, rate));
      const direct = await walk(name, frames, await directly(name, rate));
      expect(called).toHaveLength(direct.length);
      const different = direct.findIndex((step, frame) => bitsOf(step) !== bitsOf(called[frame] ?? step));
      expect(`first frame that differs: ${different}`).toBe('first frame that differs: -1');
    },
  );

  it('hears the word, and the pause after it', async () => {
    const frames = framesOf(16_000, 1.6);
    const steps = await walk('silero_vad_v5', frames, inBinary('silero_vad_v5', 16_000));
    const probabilities = steps.map(({ probability }) => probability[0] ?? 0);
    const voiced = probabilities.filter((_, frame) => isVoiced(frame * FRAME_SECONDS));
    expect(Math.max(...voiced)).toBeGreaterThan(0.9);
    expect(probabilities.at(-1)).toBeLessThan(0.1);
  });

  it('refuses a frame whose state is of another batch or rank, by name', async () => {
    const frame = framesOf(16_000, 0.1)[0] ?? new Float32Array(0);
    const [input, state] = inputsOf('silero_vad_v5', frame, { state: new Float32Array(256) }).map(
      ({ values, ...tensor }) => ({ ...tensor, data: [...values] }),
    );
    const sr = { name: 'sr', datatype: 'INT64', shape: [], data: [16_000] };
    const ask = (inputs: readonly unknown[]) =>
      callApi(cloud.apiUrl, publisher.key, 'POST', `/v2/models/${handle}.silero_vad_v5/infer`, { inputs });
    for (const { inputs, says } of [
      { inputs: [input, sr], says: "input 'state' is missing: FP32 [2,-1,128] is needed" },
      { inputs: [input, { ...state, shape: [2, 128] }, sr], says: "input 'state' must have shape [2,-1,128]" },
      { inputs: [input, state, { ...sr, shape: [1] }], says: "input 'sr' must have shape []" },
      {
        inputs: [input, state, { ...sr, data: [16_000.5] }],
        says: "input 'sr' INT64 element 0 must be a whole number",
      },
    ]) {
      const answer = await ask(inputs);
      expect([answer.status, answer.body.error]).toEqual([400, expect.stringContaining(says)]);
    }
  });
});
