// What runs models: the Open Inference Protocol's function, the isolated ones, and the scan that has uploads tried.
import { Fn, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { routeKeysOf } from '../contexts/gateway-routes.ts';
import { InferenceFunctions } from '../contexts/inference/inference-functions.ts';
import { RegistryRenewal } from '../contexts/registry/registry-renewal.ts';
import { RegistryScan } from '../contexts/registry/registry-scan.ts';
import type { Surroundings } from '../contexts/surroundings.ts';
import type { ControlStack } from './control-stack.ts';
import type { DataStack } from './data-stack.ts';

export interface InferenceStackProps extends StackProps {
  readonly surroundings: Surroundings;
  readonly data: DataStack;
  readonly control: ControlStack;
}

export class InferenceStack extends Stack {
  readonly inference: InferenceFunctions;
  readonly registryScan: RegistryScan;

  /** Settled when it is deployed: the default asks AWS while synthesising, which needs an account at hand. */
  override get availabilityZones(): string[] {
    return [Fn.select(0, Fn.getAzs()), Fn.select(1, Fn.getAzs())];
  }

  constructor(scope: Construct, id: string, props: InferenceStackProps) {
    super(scope, id, props);
    const { surroundings, data, control } = props;
    this.inference = new InferenceFunctions(this, surroundings, {
      accounts: data.accounts,
      registry: data.registry,
      billing: data.billing,
    });
    const trying = { registry: data.registry, governance: data.governance, smoke: this.inference.smoke };
    this.registryScan = new RegistryScan(this, surroundings, trying);
    new RegistryRenewal(this, surroundings, trying);
    control.api.addRoutes(this, 'Routes-inference', this.inference.infer, routeKeysOf('inference'));
  }
}
