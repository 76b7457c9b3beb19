// What a context's constructs are told of the app they are in, and how they make a function from it.
import { RemovalPolicy } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Assets } from '../assets.ts';
import type { Stage } from '../config/read-stage.ts';
import { ServiceFunction, type ServiceFunctionProps } from '../constructs/service-function.ts';

export interface Surroundings {
  readonly stage: Stage;
  readonly assets: Assets;
}

/** `aimass-<stage>-<name>`: how everything that has a name of its own is called. */
export const resourceName = (stage: Stage, name: string): string => `aimass-${stage.name}-${name}`;

export const removalPolicy = (stage: Stage): RemovalPolicy =>
  stage.config.removal === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;

type OwnProps = Omit<ServiceFunctionProps, 'functionName' | 'codeDirectory' | 'logRetentionDays' | 'logRemovalPolicy'>;

export interface FunctionPlace {
  readonly context: string;
  /** lambdas/<context>/handlers/<handler>.ts */
  readonly handler: string;
  /** What sets the function apart where one handler serves several. @default - the handler's name */
  readonly name?: string;
}

/** The function `aimass-<stage>-<context>-<name>`, every one with `STAGE` in its environment. */
export const makeFunction = (
  scope: Construct,
  id: string,
  { stage, assets }: Surroundings,
  { context, handler, name = handler }: FunctionPlace,
  props: OwnProps,
): ServiceFunction =>
  new ServiceFunction(scope, id, {
    ...props,
    functionName: resourceName(stage, `${context}-${name}`),
    codeDirectory: assets.bundles.directoryOf(context, handler),
    environment: { STAGE: stage.name, ...props.environment },
    logRetentionDays: stage.config.logRetentionDays,
    logRemovalPolicy: removalPolicy(stage),
  });
