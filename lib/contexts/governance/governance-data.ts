// governance: the bus that contexts' events travel on, and the topic that alarms ring at.
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import type { Stage } from '../../config/read-stage.ts';
import { AlarmTopic } from '../../constructs/alarm-topic.ts';
import { resourceName } from '../surroundings.ts';

export class GovernanceData extends Construct {
  readonly bus: EventBus;
  readonly alarms: AlarmTopic;

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
  }
}
