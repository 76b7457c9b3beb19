// governance: the bus that contexts' events travel on, the topic that alarms ring at, the table of webhooks and their
// deliveries, and the key that webhooks' secrets are sealed with.
import { Duration } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Stage } from '../../config/read-stage.ts';
import { AlarmTopic } from '../../constructs/alarm-topic.ts';
import type { ServiceTable } from '../../constructs/service-table.ts';
import { makeContextTable } from '../context-table.ts';
import { removalPolicy, resourceName } from '../surroundings.ts';

export class GovernanceData extends Construct {
  readonly bus: EventBus;
  readonly alarms: AlarmTopic;
  readonly table: ServiceTable;
  readonly webhookKey: Key;

  constructor(scope: Construct, stage: Stage) {
    super(scope, 'Governance');
    this.bus = new EventBus(this, 'Bus', {
      eventBusName: `aimass-${stage.name}`,
      description: 'Events between the contexts of AI Mass',
    });
    this.alarms = new AlarmTopic(this, 'Alarms', {
      topicName: resourceName(stage, 'alarms'),
      email: stage.config.alarmEmail,
    });
    this.table = makeContextTable(this, stage, 'governance');
    this.webhookKey = new Key(this, 'WebhookKey', {
      alias: resourceName(stage, 'webhooks'),
      description: 'Seals the secrets that webhooks are signed with',
      enableKeyRotation: true,
      pendingWindow: Duration.days(30),
      removalPolicy: removalPolicy(stage),
    });
  }
}
