// Two guards of an isolated network: its resolver answers for S3's names alone (a name can carry data out where no
// packet can), and what its security groups refuse is written down.
import { Aws, type RemovalPolicy } from 'aws-cdk-lib';
import {
  FlowLog,
  FlowLogDestination,
  FlowLogResourceType,
  FlowLogTrafficType,
  type IVpc,
  type Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  CfnFirewallDomainList,
  CfnFirewallRuleGroup,
  CfnFirewallRuleGroupAssociation,
} from 'aws-cdk-lib/aws-route53resolver';
import { Construct } from 'constructs';
import { seenAs } from './seen-as.ts';

export interface NetworkGuardProps {
  /** Begins the names of all that is made. */
  readonly name: string;
  readonly vpc: Vpc;
  readonly logRetentionDays: RetentionDays;
  readonly logRemovalPolicy: RemovalPolicy;
}

export class NetworkGuard extends Construct {
  constructor(scope: Construct, id: string, props: NetworkGuardProps) {
    super(scope, id);
    this.answerForS3Alone(props);
    const log = new LogGroup(this, 'Refused', {
      logGroupName: `/aws/vpc/${props.name}-refused`,
      retention: props.logRetentionDays,
      removalPolicy: props.logRemovalPolicy,
    });
    new FlowLog(this, 'FlowLog', {
      resourceType: FlowLogResourceType.fromVpc(seenAs<IVpc>(props.vpc)),
      trafficType: FlowLogTrafficType.REJECT,
      destination: FlowLogDestination.toCloudWatchLogs(log),
    });
  }

  private answerForS3Alone({ name, vpc }: NetworkGuardProps) {
    const s3 = new CfnFirewallDomainList(this, 'S3Names', {
      name: `${name}-s3`,
      domains: [`s3.${Aws.REGION}.amazonaws.com`, `*.s3.${Aws.REGION}.amazonaws.com`],
    });
    const all = new CfnFirewallDomainList(this, 'AllNames', { name: `${name}-all`, domains: ['*'] });
    const rules = new CfnFirewallRuleGroup(this, 'Rules', {
      name,
      firewallRules: [
        { priority: 100, action: 'ALLOW', firewallDomainListId: s3.attrId },
        { priority: 200, action: 'BLOCK', blockResponse: 'NXDOMAIN', firewallDomainListId: all.attrId },
      ],
    });
    new CfnFirewallRuleGroupAssociation(this, 'Association', {
      name,
      firewallRuleGroupId: rules.attrId,
      vpcId: vpc.vpcId,
      priority: 101,
    });
  }
}
