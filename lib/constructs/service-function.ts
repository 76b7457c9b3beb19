// One Lambda function as all of ours are: named, with a role of its own that holds what it is allowed and nothing else,
// a log group with a retention, traces, and x86_64 (onnxruntime is reported to abort on Lambda's arm64).
import { ArnFormat, Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type IVpc, SubnetType } from 'aws-cdk-lib/aws-ec2';
import {
  Effect,
  Policy,
  PolicyStatement,
  type PolicyStatementProps,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import {
  Alias,
  Architecture,
  type CfnFunction,
  Code,
  type IFunction,
  type ILayerVersion,
  type IVersion,
  Function as LambdaFunction,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { IsolatedNetwork } from './isolated-network.ts';
import { seenAs } from './seen-as.ts';

export interface ServiceFunctionProps {
  readonly functionName: string;
  readonly description: string;
  /** Directory with index.js, which exports `handler`. */
  readonly codeDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryMiB: number;
  readonly timeoutSeconds: number;
  readonly logRetentionDays: RetentionDays;
  readonly logRemovalPolicy: RemovalPolicy;
  readonly layers?: readonly ILayerVersion[];
  /** @default - outside any VPC */
  readonly network?: IsolatedNetwork;
  /** Environments kept warm. @default 0 */
  readonly provisionedConcurrency?: number;
}

type Allowed = Required<Pick<PolicyStatementProps, 'actions' | 'resources'>> & Pick<PolicyStatementProps, 'conditions'>;

const LIVE = 'live';
const telemetryActions = ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'];
const networkInterfaceActions = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

export class ServiceFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly logGroup: LogGroup;
  /** What callers invoke: the function, or its alias `live` where environments are kept warm. */
  readonly target: IFunction;
  /** By which name callers invoke it: known before it exists, so no template has to wait for another. */
  readonly invokeName: string;
  /** The name itself, which other stacks may build on without waiting for this one. */
  readonly functionName: string;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    super(scope, id);
    this.functionName = props.functionName;
    this.logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${props.functionName}`,
      retention: props.logRetentionDays,
      removalPolicy: props.logRemovalPolicy,
    });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `What ${props.functionName} may do`,
    });
    this.allow({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [this.logGroup.logGroupArn] });
    this.allowTelemetry(props.network !== undefined);
    this.function = new LambdaFunction(this, 'Resource', {
      functionName: props.functionName,
      description: props.description,
      code: Code.fromAsset(props.codeDirectory),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.X86_64,
      memorySize: props.memoryMiB,
      timeout: Duration.seconds(props.timeoutSeconds),
      environment: { ...props.environment },
      logGroup: this.logGroup,
      role: this.role,
      layers: [...(props.layers ?? [])],
      ...(props.network
        ? {
            vpc: seenAs<IVpc>(props.network.vpc),
            vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
            securityGroups: [props.network.securityGroup],
          }
        : {}),
    });
    // Set here and not by the construct's property, which would add its permission to the role a second time.
    const resource = this.function.node.defaultChild as CfnFunction;
    resource.tracingConfig = { mode: 'Active' };
    this.target = this.keepWarm(props.provisionedConcurrency ?? 0);
    this.invokeName = this.target === this.function ? props.functionName : `${props.functionName}:${LIVE}`;
  }

  /** Adds to what the function may do. Wildcards show up as findings: see `allowApart`. */
  allow(allowed: Allowed): void {
    this.role.addToPolicy(new PolicyStatement(allowed));
  }

  /** The same as a policy of its own, so that an acknowledged wildcard hides no other. */
  allowApart(id: string, allowed: Allowed): Policy {
    return new Policy(this.role, id, { roles: [this.role], statements: [new PolicyStatement(allowed)] });
  }

  allowInvoking(callee: ServiceFunction): void {
    this.allow({ actions: ['lambda:InvokeFunction'], resources: [callee.target.functionArn] });
  }

  /**
   * Denies everything to the code that runs in the function, whatever else its role says or comes to say. The
   * service itself, which acts under the same role before and beside the code, keeps what it needs.
   */
  denyOwnCodeEverything(): void {
    this.role.addToPolicy(
      new PolicyStatement({
        effect: Effect.DENY,
        notActions: ['logs:CreateLogStream', 'logs:PutLogEvents', ...telemetryActions],
        resources: ['*'],
        conditions: { ArnEquals: { 'lambda:SourceFunctionArn': this.arnByName } },
      }),
    );
  }

  private keepWarm(environmentCount: number): IFunction {
    if (environmentCount === 0) return this.function;
    const alias = new Alias(this, 'Live', {
      aliasName: LIVE,
      version: seenAs<IVersion>(this.function.currentVersion),
      provisionedConcurrentExecutions: environmentCount,
    });
    return seenAs<IFunction>(alias);
  }

  private allowTelemetry(inNetwork: boolean): void {
    const policy = this.allowApart('Telemetry', { actions: telemetryActions, resources: ['*'] });
    acknowledge(policy, { 'AwsSolutions-IAM5[Resource::*]': 'X-Ray has no resources to name.' });
    if (!inNetwork) return;
    const network = this.allowApart('Network', { actions: networkInterfaceActions, resources: ['*'] });
    // Lambda itself makes the interfaces, under this role; the code must not.
    network.addStatements(
      new PolicyStatement({
        effect: Effect.DENY,
        actions: networkInterfaceActions,
        resources: ['*'],
        conditions: { ArnEquals: { 'lambda:SourceFunctionArn': this.arnByName } },
      }),
    );
    acknowledge(network, {
      'AwsSolutions-IAM5[Resource::*]':
        'Interfaces have no name before they exist; the function’s own code is denied all of it.',
    });
  }

  /** Built from the name: the function's own reference would make role and function need each other. */
  private get arnByName(): string {
    return Stack.of(this).formatArn({
      service: 'lambda',
      resource: 'function',
      resourceName: this.functionName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }
}
