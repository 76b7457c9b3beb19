// Which stage is synthesised: `-c stage=dev|staging|production`, `dev` unless told. `-c build=` names what is deployed.
import type { Node } from 'constructs';
import * as z from 'zod';
import type { StageConfig } from './stage-config.ts';
import { parseStage } from './stages.ts';

/** What every stack and construct is told of the stage. */
export interface Stage {
  readonly name: string;
  readonly config: StageConfig;
  /** Shown by `GET /v1/health`. Absent: a hash of the bundles, so that the same sources deployed twice change nothing. */
  readonly build: string | undefined;
}

const context = z.object({ stage: z.string().default('dev'), build: z.string().optional() });

export const readStage = (node: Node): Stage => {
  const { stage, build } = context.parse({
    stage: node.tryGetContext('stage'),
    build: node.tryGetContext('build'),
  });
  return { name: stage, config: parseStage(stage), build };
};
