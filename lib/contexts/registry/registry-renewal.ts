// registry: the function that walks over published versions, makes their products anew once what makes them has changed,
// and signs what is not signed. Like the scan, it stands with inference's stack because it has the smoke function run models.
import { Duration } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
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
          ...registry.manifestEnvironment,
          UNSIGNED_VERSIONS_UNTIL: stage.config.unsignedVersionsUntil,
          SMOKE_FUNCTION: smoke.invokeName,
          SMOKE_MEMORY_MIB: String(stage.config.memoryMiB.smoke),
        },
      },
    );
    registry.table.grantScan(this.renew);
    registry.table.grantItems(this.renew, ['GetItem', 'PutItem'], ['model#*', 'renewal']);
    registry.table.grantItems(this.renew, ['PutItem'], ['holds#*', 'outbox#*', 'history#*']);
    // Blocks what the scanner of today refuses.
    registry.table.grantItems(this.renew, ['GetItem', 'PutItem'], ['health#*']);
    registry.table.grantItems(this.renew, ['UpdateItem'], ['object#*']);
    registry.grantMaking(this.renew);
    registry.grantSigning(this.renew);
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
    governance.alarms.watch(this, 'ManifestInvalid', {
      metric: new Metric({
        namespace: `AIMass/${stage.name}`,
        metricName: 'manifestFailures',
        dimensionsMap: { work: 'manifest' },
        statistic: Stats.SUM,
        period: ALARM_PERIOD,
      }),
      threshold: 1,
      description:
        'A version in the table is not what was signed: it is not run. The lines "manifest" of infer and registry-renew name it; find out who wrote it before anything is mended.',
    });
  }
}
