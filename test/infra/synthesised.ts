// A stage as its templates. Code and layer are stand-ins: what they hold is tested elsewhere.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod';
import type { Assets } from '../../lib/assets.ts';
import type { StageConfig } from '../../lib/config/stage-config.ts';
import { parseStage, type StageName, stages } from '../../lib/config/stages.ts';
import { createStacks, type Stacks } from '../../lib/create-stacks.ts';
import { root } from '../../lib/root.ts';

export const stageNames = Object.keys(stages) as StageName[];

const { context } = z
  .object({ context: z.record(z.string(), z.unknown()) })
  .parse(JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')));

const standIns = (): Assets => {
  const directory = mkdtempSync(join(tmpdir(), 'aimass-infra-'));
  writeFileSync(join(directory, 'index.js'), 'exports.handler = async () => {};');
  return { bundles: { directoryOf: () => directory, hash: '0123456789ab' }, onnxruntimeDirectory: directory };
};

export type Resource = { readonly Type: string; readonly Properties: Record<string, unknown> } & Record<
  string,
  unknown
>;

/** Anew, to be changed, or with a stage changed. */
export const synthesise = (
  name: StageName,
  changed: Partial<StageConfig> = {},
  change: (stacks: Stacks) => void = () => {},
) => {
  const app = new App({ context, analyticsReporting: false });
  const stage = { name, config: { ...parseStage(name), ...changed }, build: undefined };
  const stacks = createStacks(app, stage, standIns());
  change(stacks);
  const templates = {
    data: Template.fromStack(stacks.data),
    control: Template.fromStack(stacks.control),
    inference: Template.fromStack(stacks.inference),
    edge: Template.fromStack(stacks.edge),
    ops: Template.fromStack(stacks.ops),
    ...(stacks.wall ? { wall: Template.fromStack(stacks.wall) } : {}),
  };
  /** Of all stacks; without what the CDK brings along to carry a value from region to region, which is its own. */
  const ofType = (type: string): readonly (readonly [id: string, resource: Resource])[] =>
    Object.values(templates)
      .flatMap((template) => Object.entries(template.findResources(type) as Record<string, Resource>))
      .filter(([id]) => !id.startsWith('CustomCrossRegionExport'));
  return { app, stacks, templates, ofType };
};

export type Synthesised = ReturnType<typeof synthesise>;

const made = new Map<StageName, Synthesised>();

/** As the map has it: made once, only to be looked at. */
export const synthesised = (name: StageName): Synthesised => {
  const known = made.get(name) ?? synthesise(name);
  made.set(name, known);
  return known;
};
