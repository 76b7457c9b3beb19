// The processor's time of one whole paid call — the event's text in, the answer's text out: authentication, limits, the model,
// the charge's bytes, the log line — against a handler of the usual kind that does the same with the same stubbed sockets.
import dgram from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { answeringSockets } from '../answering-sockets.ts';
import { type Contender, ratioOf, takeTurns } from '../harness.ts';
import { checkAnswer, type ModelUnderTest, modelUnderTest } from '../inference/model-under-test.ts';
import { accountId, apiKey, apiKeySha256, awsOf, environment } from '../inference/paid-world.ts';
import { type BenchModel, smallMlp, trees500 } from '../models.ts';
import { naiveHandler } from '../naive/paid-handler.ts';
import type { Area } from '../run.ts';

const { InferenceSession, Tensor } = createRequire(import.meta.filename)(
  'onnxruntime-node',
) as typeof import('onnxruntime-node');

const POOL = 500;
const ROUNDS = 21;
const CALLS = 300;

type Handler = (event: APIGatewayProxyEventV2, context: Context) => Promise<{ statusCode?: number; body?: string }>;

const context = {
  functionName: environment.AWS_LAMBDA_FUNCTION_NAME,
  functionVersion: '1',
  memoryLimitInMB: environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
  invokedFunctionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:aimass-bench-infer',
  awsRequestId: '6bc28136-xmpl-4365-b021-0ce6b2e64ab0',
} as Context;

/** As the gateway hands it over, but for the body's and the clock's places. */
const eventText = (body: string): string =>
  JSON.stringify({
    version: '2.0',
    routeKey: 'ANY /v2/models/{proxy+}',
    rawPath: '/v2/models/acme.bench/infer',
    rawQueryString: '',
    headers: {
      accept: '*/*',
      authorization: `Bearer ${apiKey}`,
      'content-length': String(body.length),
      'content-type': 'application/json',
      host: 'example.execute-api.eu-central-1.amazonaws.com',
      'user-agent': 'python-requests/2.32.5',
      'x-amzn-trace-id': 'Root=1-5759e988-bd862e3fe1be46a994272793',
      'x-forwarded-for': '203.0.113.7',
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
    },
    requestContext: {
      accountId: '000000000000',
      apiId: 'example',
      domainName: 'example.execute-api.eu-central-1.amazonaws.com',
      domainPrefix: 'example',
      http: {
        method: 'POST',
        path: '/v2/models/acme.bench/infer',
        protocol: 'HTTP/1.1',
        sourceIp: '203.0.113.7',
        userAgent: 'python-requests/2.32.5',
      },
      requestId: 'JKJaXmPLvHcESHA=',
      routeKey: 'ANY /v2/models/{proxy+}',
      stage: '$default',
      time: '23/Nov/2026:20:46:00 +0000',
      timeEpoch: 0,
    },
    pathParameters: { proxy: 'acme.bench/infer' },
    body,
    isBase64Encoded: false,
  });

/** As Lambda's runtime does around every handler: text to event, answer to text. */
const invoking = (handler: Handler, events: readonly string[]) => async (index: number) => {
  const event = JSON.parse(events[index % events.length] ?? '') as APIGatewayProxyEventV2;
  event.requestContext.timeEpoch = Date.now();
  const answer = await handler(event, context);
  if (answer.statusCode !== 200) throw new Error(`a call was answered ${answer.statusCode}: ${answer.body}`);
  return JSON.stringify(answer);
};

const bodyOf = (answer: string): string => (JSON.parse(answer) as { body: string }).body;

const contendersOf = async (model: BenchModel, tested: ModelUnderTest): Promise<readonly Contender[]> => {
  const session = await InferenceSession.create(model.onnx, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const makeTensor = (values: Float32Array, shape: readonly number[]) => new Tensor('float32', values, [...shape]);
  const naive = naiveHandler({
    session,
    makeTensor,
    table: environment.BILLING_TABLE,
    accountOf: new Map([[apiKeySha256, accountId]]),
    model: tested.version.model,
  }) as Handler;
  // Anew for each model: it keeps what is published under the one name.
  const { handler } = (await import(`../../lambdas/inference/handlers/infer.ts?${model.name}`)) as { handler: Handler };
  const events = tested.texts.map(eventText);
  const [ours, theirs] = [invoking(handler, events), invoking(naive, events)];
  const peer = (index: number) =>
    session.run({ x: makeTensor(tested.rows[index] ?? new Float32Array(), [1, model.width]) });
  for (const call of [ours, theirs]) await checkAnswer(tested, async (index) => bodyOf(await call(index)), peer);
  return [
    { name: 'ours', call: ours },
    { name: 'naive', call: theirs },
  ];
};

/** Where the compiled model is read from, once, before the clock runs: that reader opens its sockets without an agent. */
const openStore = async (artifact: Uint8Array) => {
  const server = createServer((_, answer) =>
    answer.writeHead(200, { 'content-length': artifact.length }).end(artifact),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
};

const measure = async (model: BenchModel) => {
  const tested = modelUnderTest(model, POOL);
  const sent = new Map<string, number>();
  const lines: string[] = [];
  const artifact = await tested.artifacts.read({ key: '', sha256: '', sizeBytes: 0 });
  const store = await openStore(artifact);
  process.env.AWS_ENDPOINT_URL_S3 = store.url;
  const giveBack = answeringSockets(
    awsOf(tested, artifact, (operation) => sent.set(operation, (sent.get(operation) ?? 0) + 1)),
  );
  const { write } = process.stdout;
  const { send } = dgram.Socket.prototype;
  process.stdout.write = ((text: string) => lines.push(text) > 0) as typeof write;
  dgram.Socket.prototype.send = () => {};
  try {
    const contenders = await contendersOf(model, tested);
    lines.length = 0;
    sent.clear();
    const warmupRounds = 5;
    const times = await takeTurns(contenders, { rounds: ROUNDS, callsPerRound: CALLS, warmupRounds, measure: 'cpu' });
    checkWork((ROUNDS + warmupRounds) * CALLS, sent, lines.length);
    return ratioOf(times.get('naive') ?? [], times.get('ours') ?? []);
  } finally {
    giveBack();
    store.close();
    process.stdout.write = write;
    dgram.Socket.prototype.send = send;
  }
};

/** @throws Error when either did not write its charge and its log line with every call */
const checkWork = (calls: number, sent: ReadonlyMap<string, number>, lines: number): void => {
  const charges = sent.get('TransactWriteItems') ?? 0;
  if (charges !== 2 * calls) throw new Error(`${2 * calls} calls must be charged, got ${charges} charges`);
  if (lines < 2 * calls) throw new Error(`${2 * calls} calls must each be logged, got ${lines} lines`);
};

export const area: Area = {
  method:
    'paid: the processor’s time from the event’s text to the answer’s text, infer’s own handler against ' +
    'benchmarks/naive/paid-handler.ts; sockets and standard output stubbed for both, everything else real',
  run: async (report) => {
    Object.assign(process.env, environment);
    for (const model of [smallMlp(), trees500()]) {
      const name = `paid-${model.name}-b1`;
      process.stderr.write(`inference: ${name}\n`);
      const ratio = await measure(model);
      report({
        case: name,
        metric: 'naive_over_ours',
        ...ratio,
        unit: 'ratio',
        baseline: 'naive handler',
        goal: '≥ 3',
      });
    }
  },
};
