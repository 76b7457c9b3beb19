// What watches: alarms over several parts, the dashboard and the budget. The emulator knows neither metric math nor
// composite alarms nor budgets, so this stack goes to accounts only. Deployed last, removed first; nothing waits for it.
import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { TYPESCRIPT_LANE } from '../../lambdas/inference/contract.ts';
import { lanes } from '../../lambdas/registry/contract.ts';
import type { Stage } from '../config/read-stage.ts';
import { MonthlyBudget } from '../constructs/monthly-budget.ts';
import { PlatformAlarms } from '../contexts/governance/platform-alarms.ts';
import { PlatformDashboard } from '../contexts/governance/platform-dashboard.ts';
import type { PlatformParts } from '../contexts/governance/platform-parts.ts';
import { resourceName } from '../contexts/surroundings.ts';
import type { ControlStack } from './control-stack.ts';
import type { DataStack } from './data-stack.ts';
import type { EdgeStack } from './edge-stack.ts';
import type { InferenceStack } from './inference-stack.ts';

export interface OpsStackProps extends StackProps {
  readonly stage: Stage;
  readonly data: DataStack;
  readonly control: ControlStack;
  readonly inference: InferenceStack;
  readonly edge: EdgeStack;
}

/** On every resource: create-stacks.ts. */
export const STAGE_TAG = 'aimass:stage';

export class OpsStack extends Stack {
  readonly alarms: PlatformAlarms;

  constructor(scope: Construct, id: string, props: OpsStackProps) {
    super(scope, id, props);
    const { stage } = props;
    const { alarms: topic } = props.data.governance;
    const parts = partsOf(props);
    this.alarms = new PlatformAlarms(this, {
      parts,
      topic,
      grave: props.control.functions.billing.keepers.graveAlarms,
    });
    new PlatformDashboard(this, parts);
    new MonthlyBudget(this, 'Budget', {
      budgetName: resourceName(stage, 'monthly'),
      amountUsd: stage.config.monthlyBudgetUsd,
      tag: { key: STAGE_TAG, value: stage.name },
      topicArn: topic.topic.topicArn,
    });
  }
}

const partsOf = ({ stage, data, control, inference, edge }: OpsStackProps): PlatformParts => {
  const { accounts, registry, billing, governance } = control.functions;
  const { infer, run2gib, run10gib, smoke } = inference.inference;
  const { scan, queue } = inference.registryScan;
  const names = (functions: readonly { readonly functionName: string }[]) =>
    functions.map(({ functionName }) => functionName);
  return {
    stage,
    apiId: control.api.api.apiId,
    functions: {
      api: names([accounts.api, registry.api, billing.api, governance.api, infer]),
      runs: names([run2gib, run10gib]),
      sealer: billing.sealer.functionName,
      relay: governance.relay.functionName,
      scan: scan.functionName,
      smoke: smoke.functionName,
    },
    tables: [data.accounts, data.registry, data.billing, data.governance].map(({ table }) => table.tableName),
    scanQueue: queue.queueName,
    artifactsBucket: data.registry.artifacts.bucket.bucketName,
    lanes: [TYPESCRIPT_LANE, ...lanes],
    distributionId: edge.front?.front.distribution.distributionId,
  };
};
