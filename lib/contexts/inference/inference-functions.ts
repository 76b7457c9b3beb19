// inference: `infer` on the hot path, and the functions that run what publishers uploaded. Those stand in a network
// that leads to S3 alone: `run-*` may read artifacts, `smoke` may do nothing at all but what its caller signed.
import { Architecture, Code, LayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type * as z from 'zod';
import { type inferEnv, laneMemoryMiB, type runEnv, zeroedMemoryEnv } from '../../../lambdas/inference/contract.ts';
import type { Lane } from '../../../lambdas/registry/contract.ts';
import { s3PrefixLists } from '../../config/s3-prefix-lists.ts';
import { IsolatedNetwork } from '../../constructs/isolated-network.ts';
import type { ServiceFunction } from '../../constructs/service-function.ts';
import type { AccountsData } from '../accounts/accounts-data.ts';
import type { BillingData } from '../billing/billing-data.ts';
import type { RegistryData } from '../registry/registry-data.ts';
import { makeFunction, removalPolicy, resourceName, type Surroundings } from '../surroundings.ts';

export interface InferenceProps {
  readonly accounts: AccountsData;
  readonly registry: RegistryData;
  readonly billing: BillingData;
}

/** Where artifacts lie in their bucket. */
const ARTIFACT_PREFIX = 'sha256/';
/** And, in quarantine, what was made of an upload, and waits for the verdict. */
const CANDIDATE_PREFIX = 'candidates/';

export class InferenceFunctions extends Construct {
  readonly infer: ServiceFunction;
  readonly run2gib: ServiceFunction;
  readonly run10gib: ServiceFunction;
  readonly smoke: ServiceFunction;
  readonly network: IsolatedNetwork;
  readonly onnxruntime: LayerVersion;

  constructor(scope: Construct, surroundings: Surroundings, props: InferenceProps) {
    super(scope, 'Inference');
    const { registry } = props;
    this.network = new IsolatedNetwork(this, 'Network', {
      readableObjectArns: [
        registry.quarantine.bucket.arnForObjects('*'),
        registry.artifacts.bucket.arnForObjects(`${ARTIFACT_PREFIX}*`),
      ],
      // What the smoke function made of a model. It has no right of its own to write: the registry's scan signs the form.
      writableObjectArns: [registry.quarantine.bucket.arnForObjects(`${CANDIDATE_PREFIX}*`)],
      s3PrefixLists,
    });
    this.onnxruntime = new LayerVersion(this, 'Onnxruntime', {
      layerVersionName: resourceName(surroundings.stage, 'onnxruntime'),
      description: 'onnxruntime-node for linux/x64',
      code: Code.fromAsset(surroundings.assets.onnxruntimeDirectory),
      compatibleRuntimes: [Runtime.NODEJS_24_X],
      compatibleArchitectures: [Architecture.X86_64],
      removalPolicy: removalPolicy(surroundings.stage),
    });
    this.run2gib = this.makeRun('Run2gib', surroundings, registry, 'run-2gib');
    this.run10gib = this.makeRun('Run10gib', surroundings, registry, 'run-10gib');
    this.smoke = this.makeSmoke(surroundings);
    this.infer = this.makeInfer(surroundings, props);
  }

  private makeRun(id: string, surroundings: Surroundings, registry: RegistryData, name: Lane) {
    const memoryMiB = laneMemoryMiB[name];
    const artifacts: z.input<typeof runEnv> = { ARTIFACTS_BUCKET: registry.artifacts.bucket.bucketName };
    const run = makeFunction(
      this,
      id,
      surroundings,
      { context: 'inference', handler: 'run', name },
      {
        description: `Runs publishers' models in ${memoryMiB} MiB`,
        memoryMiB,
        // Ends a run while `infer` still waits for it: that the model was too slow is then told by Lambda itself.
        timeoutSeconds: 20,
        network: this.network,
        layers: [this.onnxruntime],
        environment: { ...artifacts, ...zeroedMemoryEnv },
      },
    );
    registry.artifacts.grantObjects(run, 'get', ARTIFACT_PREFIX);
    return run;
  }

  private makeSmoke(surroundings: Surroundings) {
    const smoke = makeFunction(
      this,
      'Smoke',
      surroundings,
      { context: 'inference', handler: 'smoke' },
      {
        description: 'Tries a model that nobody trusts yet, by a URL that its caller signed',
        memoryMiB: surroundings.stage.config.memoryMiB.smoke,
        timeoutSeconds: 120,
        network: this.network,
        layers: [this.onnxruntime],
        environment: {},
      },
    );
    smoke.denyOwnCodeEverything();
    return smoke;
  }

  private makeInfer(surroundings: Surroundings, { accounts, registry, billing }: InferenceProps) {
    const { config } = surroundings.stage;
    const lanes: z.input<typeof inferEnv> = {
      RUN_2GIB_FUNCTION: this.run2gib.invokeName,
      RUN_10GIB_FUNCTION: this.run10gib.invokeName,
      ARTIFACTS_BUCKET: registry.artifacts.bucket.bucketName,
    };
    const infer = makeFunction(
      this,
      'Infer',
      surroundings,
      { context: 'inference', handler: 'infer' },
      {
        description: 'The Open Inference Protocol',
        memoryMiB: config.memoryMiB.infer,
        timeoutSeconds: 29,
        provisionedConcurrency: config.provisionedConcurrency.infer,
        environment: {
          ...accounts.environment,
          ...registry.environment,
          ...registry.manifestEnvironment,
          UNSIGNED_VERSIONS_UNTIL: config.unsignedVersionsUntil,
          ...billing.environment,
          ...lanes,
        },
      },
    );
    accounts.grantAuthenticate(infer);
    registry.grantPublished(infer);
    registry.grantChecking(infer);
    registry.grantCountingFailures(infer);
    billing.grantCharge(infer);
    // Models compiled for the executor that it runs itself.
    registry.artifacts.grantObjects(infer, 'get', ARTIFACT_PREFIX);
    infer.allowInvoking(this.run2gib);
    infer.allowInvoking(this.run10gib);
    return infer;
  }
}
