// A copy of the deployed cloud in which hostile models are published: people with money, a good model beside, and
// canaries where a model could find them.
import { linkSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { type Cloud, startCloud } from '../../support/cloud.ts';
import { Person } from '../../support/person.ts';
import { publishModel } from '../../support/publish.ts';
import { CANARY, linkName, secretName } from '../canaries.ts';

export interface HostilePlace {
  readonly cloud: Cloud;
  readonly publisher: Person;
  readonly consumer: Person;
  readonly handle: string;
  /** What the consumer has, in micros. */
  balance(): Promise<bigint>;
  /** Whether the good model beside answers, rightly. */
  goodModelAnswers(): Promise<boolean>;
  stop(): Promise<void>;
}

const iris = readFileSync(new URL('../../../local/demo/models/iris.onnx', import.meta.url));
const runners = ['inference-run-2gib', 'inference-run-10gib', 'inference-smoke'] as const;
export const PRICE_MICROS = 1_000n;

/** In the environment of every function that runs models. */
const plantInEnvironments = async (cloud: Cloud): Promise<void> => {
  const lambda = new LambdaClient({
    endpoint: cloud.endpoint,
    region: cloud.outputs.region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  for (const name of runners) {
    const FunctionName = `aimass-dev-${name}`;
    const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    const Variables = { ...Environment?.Variables, AIMASS_SECRET: CANARY };
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
  }
};

/** Files and links in the temporary folders, the system's and that of the cloud's functions. @returns what takes them away */
const plantFiles = (cloud: Cloud): (() => void) => {
  const folders = [tmpdir(), join(cloud.state.emulatorFolder, 'tmp')];
  const planted: string[] = [];
  for (const folder of folders) {
    mkdirSync(folder, { recursive: true });
    const [file, hard, symbolic] = [secretName, linkName('hard'), linkName('symbolic')].map((name) =>
      join(folder, name),
    );
    if (!file || !hard || !symbolic) throw new Error('each canary has a name');
    for (const path of [file, hard, symbolic]) rmSync(path, { force: true });
    writeFileSync(file, CANARY);
    linkSync(file, hard);
    symlinkSync(file, symbolic);
    planted.push(file, hard, symbolic);
  }
  return () => {
    for (const path of planted) rmSync(path, { force: true });
  };
};

export const startHostilePlace = async (): Promise<HostilePlace> => {
  const cloud = await startCloud();
  const takeFilesAway = plantFiles(cloud);
  const stop = async () => {
    takeFilesAway();
    await cloud.stop();
  };
  try {
    await plantInEnvironments(cloud);
    const [publisher, consumer, operator] = await Promise.all([
      new Person(cloud, 'publisher').join(),
      new Person(cloud, 'consumer').join(),
      new Person(cloud, 'operator').join('operators'),
    ]);
    const handle = `hostile-${Math.random().toString(36).slice(2, 8)}`;
    await publisher.as('PATCH', '/v1/account', { handle });
    await publisher.makeKey(['models:read', 'models:write', 'infer']);
    await consumer.makeKey(['models:read', 'infer', 'billing:read']);
    const { body } = await consumer.as('GET', '/v1/account');
    const grant = { accountId: body.id, amountMicros: '1000000000', reason: 'hostile' };
    const granted = await operator.as('POST', '/v1/admin/grants', grant, { 'idempotency-key': 'hostile-1' });
    if (granted.status !== 201) throw new Error(`no grant: ${granted.status}`);
    const good = `${handle}.good`;
    const { signature } = await publishModel(publisher, { name: good, bytes: iris });
    const inputs = [{ name: signature.inputs[0].name, datatype: 'FP32', shape: [1, 4], data: [7.7, 3.0, 6.1, 2.3] }];
    return {
      cloud,
      publisher,
      consumer,
      handle,
      balance: async () => BigInt((await consumer.byKey('GET', '/v1/balance')).body.availableMicros),
      goodModelAnswers: async () => {
        const answer = await consumer.byKey('POST', `/v2/models/${good}/infer`, { inputs });
        return answer.status === 200 && answer.body.outputs[0]?.data[0] === 2;
      },
      stop,
    };
  } catch (fault) {
    await stop();
    throw fault;
  }
};
