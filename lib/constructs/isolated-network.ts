// A network with one way out: to S3, through a gateway endpoint, for the objects that its policy names. No internet
// gateway, no NAT, no other endpoint; whoever runs in it can reach nothing else.
import { Aws, CfnMapping } from 'aws-cdk-lib';
import {
  type CfnSecurityGroup,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { seenAs } from './seen-as.ts';

export interface IsolatedNetworkProps {
  /** ARNs of the objects that may be read from inside. */
  readonly readableObjectArns: readonly string[];
  /** Of those that may be written from inside, by whoever was given leave to by a signature. */
  readonly writableObjectArns: readonly string[];
  /** Region → id of AWS's prefix list for S3. */
  readonly s3PrefixLists: Readonly<Record<string, string>>;
}

export class IsolatedNetwork extends Construct {
  readonly vpc: Vpc;
  readonly securityGroup: SecurityGroup;

  constructor(scope: Construct, id: string, props: IsolatedNetworkProps) {
    super(scope, id);
    this.vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr('10.64.0.0/20'),
      maxAzs: 2,
      natGateways: 0,
      createInternetGateway: false,
      // Its custom resource needs the emulator to have an EC2 client; nothing uses the default group.
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [{ name: 'isolated', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 23 }],
    });
    acknowledge(this.vpc, {
      'AwsSolutions-VPC7':
        'Its flow log stands in the edge stack, with the rest of what the emulator cannot hold: see network-guard.ts.',
    });
    const endpoint = this.vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 });
    const allow = (action: string, objectArns: readonly string[]) =>
      endpoint.addToPolicy(
        new PolicyStatement({
          principals: [new AnyPrincipal()],
          actions: [action],
          resources: [...objectArns],
          conditions: { StringEquals: { 's3:ResourceAccount': Aws.ACCOUNT_ID } },
        }),
      );
    allow('s3:GetObject', props.readableObjectArns);
    allow('s3:PutObject', props.writableObjectArns);
    const prefixLists = new CfnMapping(this, 'S3PrefixLists', {
      mapping: Object.fromEntries(Object.entries(props.s3PrefixLists).map(([region, id]) => [region, { id }])),
    });
    this.securityGroup = new SecurityGroup(this, 'ToS3', {
      vpc: seenAs<IVpc>(this.vpc),
      description: 'HTTPS to S3 through the gateway endpoint, and nothing else',
      allowAllOutbound: false,
    });
    // Set as a whole: the construct would make a rule about a prefix list a resource of its own, which the emulator
    // does not know.
    const group = this.securityGroup.node.defaultChild as CfnSecurityGroup;
    group.securityGroupEgress = [
      {
        description: 'S3 through the gateway endpoint',
        destinationPrefixListId: prefixLists.findInMap(Aws.REGION, 'id'),
        ipProtocol: 'tcp',
        fromPort: 443,
        toPort: 443,
      },
    ];
  }
}
