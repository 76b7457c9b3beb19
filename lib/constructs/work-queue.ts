// A queue of work and where its poison goes: after some failed attempts a message waits there for a person.
import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface WorkQueueProps {
  readonly queueName: string;
  /** How long one message may take; it is handed out again a minute later. */
  readonly workSeconds: number;
  /** After so many receives a message is given up. */
  readonly attemptCount: number;
}

const secured = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true };

export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;
  /** The name itself, not a reference to it. */
  readonly queueName: string;

  constructor(scope: Construct, id: string, props: WorkQueueProps) {
    super(scope, id);
    this.queueName = props.queueName;
    this.deadLetters = new Queue(this, 'DeadLetters', {
      ...secured,
      queueName: `${props.queueName}-dead`,
      retentionPeriod: Duration.days(14),
    });
    this.queue = new Queue(this, 'Resource', {
      ...secured,
      queueName: props.queueName,
      visibilityTimeout: Duration.seconds(props.workSeconds + 60),
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: props.attemptCount },
    });
  }
}
