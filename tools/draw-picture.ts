// Draws the README's picture anew from the stacks as they are synthesised. An infrastructure test holds that it is current.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import cdk from '../cdk.json' with { type: 'json' };
import { readStage } from '../lib/config/read-stage.ts';
import { createStacks } from '../lib/create-stacks.ts';
import { withPicture } from './picture/readme-picture.ts';

const file = join(import.meta.dirname, '..', 'README.md');
const app = new App({ context: { ...cdk.context, stage: 'dev' }, analyticsReporting: false });
const stacks = createStacks(app, readStage(app.node));
const readme = readFileSync(file, 'utf8');
const drawn = withPicture(readme, {
  control: Template.fromStack(stacks.control).toJSON(),
  inference: Template.fromStack(stacks.inference).toJSON(),
  data: Template.fromStack(stacks.data).toJSON(),
});
if (drawn !== readme) {
  writeFileSync(file, drawn);
  console.log('wrote README.md');
}
