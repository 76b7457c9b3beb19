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
}

/** The window that every alarm looks at. */
export const ALARM_PERIOD = Duration.minutes(5);

export class AlarmTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: AlarmTopicProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Resource', { topicName: props.topicName, enforceSSL: true });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
    if (props.email) this.topic.addSubscription(new EmailSubscription(props.email));
  }

  /** Makes an alarm in `scope`; silence is well. */
  watch(scope: Construct, id: string, { metric, threshold, description }: Watched): void {
    const alarm = new Alarm(scope, id, {
      metric,
      threshold,
      alarmDescription: description,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(seenAs<ITopic>(this.topic)));
  }
}
