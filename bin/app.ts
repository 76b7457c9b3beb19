// The CDK app: names the stacks, nothing else.
import { App } from 'aws-cdk-lib';
import { readStage } from '../lib/config/read-stage.ts';
import { createStacks } from '../lib/create-stacks.ts';

const app = new App();
createStacks(app, readStage(app.node));
