// Where alarms ring: one topic, and an e-mail address that hears it. Each alarm lies beside what it watches.
import { Aws, Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { seenAs } from './seen-as.ts';

export interface AlarmTopicProps {
  readonly topicName: string;
  /** Asked once by e-mail whether it wants to be told. @default - nobody is told */
  readonly email?: string | undefined;
}

export interface Watched {
  readonly metric: IMetric;
  /** Rings from this value on. */
  readonly threshold: number;
  /** What it means, and what to do about it. */
  readonly description: string;
  /** `below`: rings under the threshold instead. @default reached */
  readonly when?: 'reached' | 'below';
  /** What silence means. @default well */
  readonly silence?: 'well' | 'alarming';
  /** Windows in a row. @default 1 */
  readonly windowCount?: number;
  /** Goes on ringing for so many windows after the last that was over the threshold. @default 0 */
  readonly lastsWindowCount?: number;
}

/** The window that every alarm looks at. */
export const ALARM_PERIOD = Duration.minutes(5);

export class AlarmTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: AlarmTopicProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Resource', { topicName: props.topicName, enforceSSL: true });
    for (const service of ['cloudwatch', 'budgets']) {
      this.topic.addToResourcePolicy(
        new PolicyStatement({
          principals: [new ServicePrincipal(`${service}.amazonaws.com`)],
          actions: ['sns:Publish'],
          resources: [this.topic.topicArn],
          conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
        }),
      );
    }
    if (props.email) this.topic.addSubscription(new EmailSubscription(props.email));
  }

  /** Makes an alarm in `scope`. */
  watch(scope: Construct, id: string, watched: Watched): Alarm {
    const { metric, threshold, description, when = 'reached', silence = 'well', windowCount = 1 } = watched;
    const { lastsWindowCount = 0 } = watched;
    const alarm = new Alarm(scope, id, {
      metric,
      threshold,
      alarmDescription: description,
      evaluationPeriods: windowCount + lastsWindowCount,
      ...(lastsWindowCount > 0 ? { datapointsToAlarm: windowCount } : {}),
      comparisonOperator:
        when === 'below'
          ? ComparisonOperator.LESS_THAN_THRESHOLD
          : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: silence === 'well' ? TreatMissingData.NOT_BREACHING : TreatMissingData.BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(seenAs<ITopic>(this.topic)));
    return alarm;
  }
}
