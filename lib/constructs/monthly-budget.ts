// What a stage may cost a month, and who is told on the way there. AWS goes by the tag `aimass:stage`, once it is made a
// cost allocation tag.
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { Construct } from 'constructs';

export interface MonthlyBudgetProps {
  readonly budgetName: string;
  readonly amountUsd: number;
  /** Only what carries this tag is counted. */
  readonly tag: { readonly key: string; readonly value: string };
  readonly topicArn: string;
}

/** When somebody is told: by what was spent, or by what it will come to. */
const notices = [
  { notificationType: 'ACTUAL', threshold: 50 },
  { notificationType: 'ACTUAL', threshold: 80 },
  { notificationType: 'ACTUAL', threshold: 100 },
  { notificationType: 'FORECASTED', threshold: 100 },
] as const;

export class MonthlyBudget extends Construct {
  constructor(scope: Construct, id: string, { budgetName, amountUsd, tag, topicArn }: MonthlyBudgetProps) {
    super(scope, id);
    new CfnBudget(this, 'Resource', {
      budget: {
        budgetName,
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: amountUsd, unit: 'USD' },
        costFilters: { TagKeyValue: [`user:${tag.key}$${tag.value}`] },
      },
      notificationsWithSubscribers: notices.map((notice) => ({
        notification: { ...notice, comparisonOperator: 'GREATER_THAN', thresholdType: 'PERCENTAGE' },
        subscribers: [{ subscriptionType: 'SNS', address: topicArn }],
      })),
    });
  }
}
