// The front and the functions behind it that run no model.
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ALARM_PERIOD } from '../constructs/alarm-topic.ts';
import { HttpApi } from '../constructs/http-api.ts';
import { AccountsFunctions } from '../contexts/accounts/accounts-functions.ts';
import { BillingFunctions } from '../contexts/billing/billing-functions.ts';
import { routeKeysOf } from '../contexts/gateway-routes.ts';
import { GovernanceFunctions, outboxKeys } from '../contexts/governance/governance-functions.ts';
import { RegistryCount } from '../contexts/registry/registry-count.ts';
import { RegistryFunctions } from '../contexts/registry/registry-functions.ts';
import { RegistryRetirement } from '../contexts/registry/registry-retirement.ts';
import { RegistrySearch } from '../contexts/registry/registry-search.ts';
import { removalPolicy, resourceName, type Surroundings } from '../contexts/surroundings.ts';
import type { DataStack } from './data-stack.ts';

export interface ControlStackProps extends StackProps {
  readonly surroundings: Surroundings;
  readonly data: DataStack;
}

export class ControlStack extends Stack {
  readonly api: HttpApi;
  readonly functions: {
    readonly accounts: AccountsFunctions;
    readonly registry: RegistryFunctions;
    readonly billing: BillingFunctions;
    readonly governance: GovernanceFunctions;
  };

  constructor(scope: Construct, id: string, props: ControlStackProps) {
    super(scope, id, props);
    const { surroundings, data } = props;
    const { stage } = surroundings;
    // Contexts that send events: another joins them with its first.
    const outboxes = { Accounts: data.accounts.table, Registry: data.registry.table, Billing: data.billing.table };
    const governance = new GovernanceFunctions(this, surroundings, { ...data, outboxes });
    for (const table of Object.values(outboxes))
      table.grantItems(governance.relay, ['Query', 'DeleteItem'], outboxKeys);
    this.functions = {
      accounts: new AccountsFunctions(this, surroundings, data.accounts),
      registry: new RegistryFunctions(this, surroundings, data),
      billing: new BillingFunctions(this, surroundings, { ...data, alarms: data.governance.alarms }),
      governance,
    };
    new RegistrySearch(this, surroundings, data);
    new RegistryCount(this, surroundings, data);
    new RegistryRetirement(this, surroundings, data);
    const { gateway, domain, ...config } = stage.config;
    this.api = new HttpApi(this, 'Api', {
      apiName: resourceName(stage, 'api'),
      corsOrigins: config.corsOrigins,
      requestsPerSecond: gateway.requestsPerSecond,
      burst: gateway.burst,
      logRetentionDays: config.logRetentionDays,
      logRemovalPolicy: removalPolicy(stage),
      ...(domain ? { domain } : {}),
    });
    for (const context of ['accounts', 'registry', 'billing', 'governance'] as const) {
      const keys = routeKeysOf(context);
      if (context === 'governance') keys.push('$default');
      this.api.addRoutes(this, `Routes-${context}`, this.functions[context].api, keys);
    }
    data.governance.alarms.watch(this, 'ApiFails', {
      metric: this.api.api.metricServerError({ period: ALARM_PERIOD, statistic: 'Sum' }),
      threshold: 5,
      description: 'Callers are answered 5xx, which is never their fault: a function fails, times out or is throttled.',
    });
    new CfnOutput(this, 'ApiUrl', { value: domain ? `https://${domain.name}` : this.api.api.apiEndpoint });
    new CfnOutput(this, 'ApiId', { value: this.api.api.apiId });
  }
}
