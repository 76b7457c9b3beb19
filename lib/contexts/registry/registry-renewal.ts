// registry: the function that walks over published versions and makes their products anew, once what makes them has
// changed. Like the scan, it stands with inference's stack because it has the smoke function run models.
import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { ALARM_PERIOD } from '../../constructs/alarm-topic.ts';
import type { ServiceFunction } from '../../constructs/service-function.ts';
import { makeFunction, resourceName, type Surroundings } from '../surroundings.ts';
import type { RegistryScanProps } from './registry-scan.ts';

export class RegistryRenewal extends Construct {
  readonly renew: ServiceFunction;

  constructor(scope: Construct, surroundings: Surroundings, { registry, governance, smoke }: RegistryScanProps) {
    super(scope, 'RegistryRenewal');
    const { stage } = surroundings;
    this.renew = makeFunction(
      this,
      'Renew',
      surroundings,
      { context: 'registry', handler: 'renew' },
      {
        description: 'Makes products of published versions anew when what makes them has changed',
        // It compiles what the scan compiles.
        memoryMiB: stage.config.memoryMiB.scan,
        timeoutSeconds: 900,
        environment: {
          ...registry.environment,
          ...registry.bucketEnvironment,
          SMOKE_FUNCTION: smoke.invokeName,
          SMOKE_MEMORY_MIB: String(stage.config.memoryMiB.smoke),
        },
      },
    );
    registry.table.grantScan(this.renew);
    registry.table.grantItems(this.renew, ['GetItem', 'PutItem'], ['model#*', 'renewal']);
    registry.table.grantItems(this.renew, ['PutItem'], ['holds#*']);
    registry.table.grantItems(this.renew, ['UpdateItem'], ['object#*']);
    registry.grantMaking(this.renew);
    this.renew.allowInvoking(smoke);
    // The next run is the retry: Lambda's own would run beside it.
    this.renew.function.configureAsyncInvoke({ retryAttempts: 0 });
    new Rule(this, 'Schedule', {
      ruleName: resourceName(stage, 'registry-renew'),
      schedule: Schedule.rate(Duration.hours(1)),
      targets: [new LambdaFunction(this.renew.function, { retryAttempts: 0 })],
    });
    governance.alarms.watch(this, 'RenewalFails', {
      metric: this.renew.function.metricErrors({ period: ALARM_PERIOD }),
      threshold: 1,
      description:
        'Products of published versions are not made anew: their calls are answered, but slower than they could be. See its log.',
    });
  }
}
