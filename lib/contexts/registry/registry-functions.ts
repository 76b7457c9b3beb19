// registry: the function behind /v1/models.
import { Construct } from 'constructs';
import type { ServiceFunction } from '../../constructs/service-function.ts';
import type { AccountsData } from '../accounts/accounts-data.ts';
import type { BillingData } from '../billing/billing-data.ts';
import { makeFunction, type Surroundings } from '../surroundings.ts';
import type { RegistryData } from './registry-data.ts';

export class RegistryFunctions extends Construct {
  readonly api: ServiceFunction;

  constructor(
    scope: Construct,
    surroundings: Surroundings,
    { accounts, registry, billing }: { accounts: AccountsData; registry: RegistryData; billing: BillingData },
  ) {
    super(scope, 'Registry');
    const { config } = surroundings.stage;
    this.api = makeFunction(
      this,
      'Api',
      surroundings,
      { context: 'registry', handler: 'api' },
      {
        description: 'Models, versions, aliases and their files',
        memoryMiB: config.memoryMiB.api,
        timeoutSeconds: 29,
        provisionedConcurrency: config.provisionedConcurrency.api,
        environment: {
          ...accounts.environment,
          ...registry.environment,
          ...registry.bucketEnvironment,
          ...registry.searchEnvironment,
          ...registry.manifestEnvironment,
          ...billing.environment,
        },
      },
    );
    accounts.grantAuthenticate(this.api);
    accounts.grantFindingByHandle(this.api);
    billing.grantReadingQuotas(this.api);
    registry.table.grantItems(this.api, [
      'GetItem',
      'BatchGetItem',
      'Query',
      'PutItem',
      'UpdateItem',
      'DeleteItem',
      'ConditionCheckItem',
    ]);
    registry.table.grantIndex(this.api, 'gsi1', ['catalogue', 'reviews#*']);
    registry.table.grantIndex(this.api, 'gsi2', ['acc_*']);
    registry.quarantine.grantObjects(this.api, 'put', 'uploads/');
    registry.quarantine.grantObjects(this.api, 'get', 'uploads/');
    registry.quarantine.grantObjects(this.api, 'listParts', 'uploads/');
    registry.quarantine.grantKnowingOfAbsence(this.api);
    registry.grantSearching(this.api);
    registry.grantChecking(this.api);
    // Signs the addresses of downloads.
    registry.artifacts.grantObjects(this.api, 'get', 'sha256/');
  }
}
