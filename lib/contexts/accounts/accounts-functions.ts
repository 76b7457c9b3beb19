// accounts: the function behind /v1/account and /v1/keys.
import { Construct } from 'constructs';
import type { ServiceFunction } from '../../constructs/service-function.ts';
import { makeFunction, type Surroundings } from '../surroundings.ts';
import type { AccountsData } from './accounts-data.ts';

export class AccountsFunctions extends Construct {
  readonly api: ServiceFunction;

  constructor(scope: Construct, surroundings: Surroundings, accounts: AccountsData) {
    super(scope, 'Accounts');
    const { config } = surroundings.stage;
    this.api = makeFunction(
      this,
      'Api',
      surroundings,
      { context: 'accounts', handler: 'api' },
      {
        description: 'Accounts, members and keys',
        memoryMiB: config.memoryMiB.api,
        timeoutSeconds: 15,
        provisionedConcurrency: config.provisionedConcurrency.api,
        environment: accounts.environment,
      },
    );
    accounts.grantAuthenticate(this.api);
    accounts.table.grantItems(this.api, [
      'GetItem',
      'Query',
      'PutItem',
      'UpdateItem',
      'DeleteItem',
      'ConditionCheckItem',
    ]);
  }
}
