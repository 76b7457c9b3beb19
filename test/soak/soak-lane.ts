// What is soaked: anything that keeps loaded models and answers calls of them.
import type { Tensor } from '../../lambdas/inference/domain/tensor.ts';
import type { SoakModel } from './soak-models.ts';

export interface LaneFigures {
  readonly loadCount: number;
  readonly evictionCount: number;
  /** Loaded models that were not released. */
  readonly liveCount: number;
  /** What those hold, by the lane's own account, and what they may. */
  readonly heldBytes: number;
  readonly budgetBytes: number;
  /** Memory of the environment: of the process, or of the processes that hold models. */
  readonly residentBytes: number;
}

export interface SoakLane {
  /** @returns outputs, or that the run failed as it had to */
  call(model: SoakModel, call: number): Promise<readonly Tensor[]>;
  figures(): LaneFigures;
  /** A call now and then that must end otherwise than well, and harm no other; undefined: there is none. */
  readonly disturb?: (() => Promise<void>) | undefined;
  /** Releases all. @returns what is live all the same */
  end(): Promise<number>;
}

export interface SoakLaneKind {
  readonly name: string;
  /** Calls at once. */
  readonly concurrency: number;
  /** Float32 outputs may differ in rounding: another batch, another kernel. */
  readonly exact: boolean;
  /** Models that it serves; all, if absent. */
  readonly serves?: (model: SoakModel) => boolean;
  start(models: readonly SoakModel[]): Promise<SoakLane>;
}
