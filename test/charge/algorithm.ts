// What the harness drives: a way to charge and a way to sum, ours or one that was rejected.
import type { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import type { WriteTransport } from '../../lambdas/billing/adapters/write-transport.ts';
import type { Billing } from '../../lambdas/billing/contract.ts';
import type { SealedGranularity } from '../../lambdas/billing/domain/sealing.ts';
import type { StreamReader } from '../support/dynamo-stream.ts';

/** What a function's environment has: its own clients, over a bad network, and a clock of its own. */
export interface Surroundings {
  readonly table: string;
  readonly client: DynamoDBDocument;
  readonly transport: WriteTransport;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

export interface SumSurroundings extends Surroundings {
  /** The table's stream from its beginning, as a consumer gets it. */
  readonly stream: StreamReader;
}

export interface Algorithm {
  readonly name: string;
  /** One environment's charge. @returns the same interface for all */
  readonly billing: (at: Surroundings) => Billing;
  /** One worker that sums usage: called again and again. @returns whether nothing is left to be summed for now */
  readonly summing: (at: SumSurroundings) => () => Promise<boolean>;
  /** What it promises sums of. */
  readonly granularities: readonly SealedGranularity[];
}

/** An algorithm that must not pass. */
export interface RejectedAlgorithm extends Algorithm {
  /** What is wrong with it, in one sentence. */
  readonly why: string;
  /** The check that must catch it. */
  readonly caughtBy: string;
}
