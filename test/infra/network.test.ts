// The network that strangers' models run in: one way out, to S3. Nothing here can be seen in the emulator.
import { Match } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { synthesised } from './synthesised.ts';

const production = synthesised('production');
const { inference } = production.templates;

it('has isolated subnets in two zones, and no way to the internet', () => {
  expect(production.ofType('AWS::EC2::Subnet')).toHaveLength(2);
  for (const [, { Properties }] of production.ofType('AWS::EC2::Subnet'))
    expect(Properties.MapPublicIpOnLaunch).toBe(false);
  for (const type of [
    'AWS::EC2::Route',
    'AWS::EC2::InternetGateway',
    'AWS::EC2::EgressOnlyInternetGateway',
    'AWS::EC2::NatGateway',
    'AWS::EC2::VPCGatewayAttachment',
    'AWS::EC2::TransitGatewayAttachment',
    'AWS::EC2::VPCPeeringConnection',
  ])
    expect(production.ofType(type)).toEqual([]);
});

it('reaches S3 by a gateway endpoint that gives out uploads and artifacts, and takes candidates alone', () => {
  const endpoints = production.ofType('AWS::EC2::VPCEndpoint');
  expect(endpoints).toHaveLength(1);
  const [, { Properties }] = endpoints[0] as (typeof endpoints)[number];
  expect(Properties.VpcEndpointType).toBe('Gateway');
  expect(JSON.stringify(Properties.ServiceName)).toContain('.s3');
  const { Statement } = Properties.PolicyDocument as { Statement: Record<string, unknown>[] };
  expect(Statement.map(({ Action }) => Action)).toEqual(['s3:GetObject', 's3:PutObject']);
  for (const statement of Statement) {
    expect(statement).toMatchObject({
      Effect: 'Allow',
      Condition: { StringEquals: { 's3:ResourceAccount': { Ref: 'AWS::AccountId' } } },
    });
  }
  const [read, written] = Statement.map(({ Resource }) => JSON.stringify(Resource));
  expect(read).toContain('Quarantine');
  expect(read).toMatch(/Artifacts[^\]]*\/sha256\/\*/);
  expect(written).toMatch(/Quarantine[^\]]*\/candidates\/\*/);
  expect(written).not.toContain('Artifacts');
});

it('gives nobody in it leave to write: only a signature of the registry’s does', () => {
  const roles = production
    .ofType('AWS::IAM::Policy')
    .filter(([, { Properties }]) => /Run2gib|Run10gib|Smoke/.test(JSON.stringify(Properties.Roles)));
  expect(roles.length).toBeGreaterThan(2);
  for (const [, { Properties }] of roles) expect(JSON.stringify(Properties.PolicyDocument)).not.toContain('s3:Put');
});

it('lets HTTPS to S3 out and nothing in', () => {
  const groups = production.ofType('AWS::EC2::SecurityGroup');
  expect(groups).toHaveLength(1);
  const [, { Properties }] = groups[0] as (typeof groups)[number];
  expect(Properties.SecurityGroupIngress).toBeUndefined();
  expect(Properties.SecurityGroupEgress).toEqual([
    {
      Description: expect.any(String),
      DestinationPrefixListId: { 'Fn::FindInMap': [expect.any(String), { Ref: 'AWS::Region' }, 'id'] },
      FromPort: 443,
      IpProtocol: 'tcp',
      ToPort: 443,
    },
  ]);
  expect(production.ofType('AWS::EC2::SecurityGroupEgress')).toEqual([]);
  expect(production.ofType('AWS::EC2::SecurityGroupIngress')).toEqual([]);
});

it('holds exactly the functions that run models', () => {
  const inside = production
    .ofType('AWS::Lambda::Function')
    .filter(([, { Properties }]) => Properties.VpcConfig)
    .map(([, { Properties }]) => Properties.FunctionName);
  expect(inside.sort()).toEqual([
    'aimass-production-inference-run-10gib',
    'aimass-production-inference-run-2gib',
    'aimass-production-inference-smoke',
  ]);
});

it('knows the prefix list of the region that production is tied to', () => {
  const [mapping] = Object.values(inference.findMappings('*'));
  expect(mapping).toHaveProperty(production.stacks.inference.region);
});

it('resolves the names of S3 and no other', () => {
  const { edge } = production.templates;
  edge.hasResourceProperties('AWS::Route53Resolver::FirewallRuleGroup', {
    FirewallRules: [
      Match.objectLike({ Action: 'ALLOW', Priority: 100 }),
      Match.objectLike({ Action: 'BLOCK', Priority: 200, BlockResponse: 'NXDOMAIN' }),
    ],
  });
  edge.hasResourceProperties('AWS::Route53Resolver::FirewallDomainList', { Domains: ['*'] });
  edge.resourceCountIs('AWS::Route53Resolver::FirewallRuleGroupAssociation', 1);
});

it('writes down what was refused', () => {
  production.templates.edge.hasResourceProperties('AWS::EC2::FlowLog', { ResourceType: 'VPC', TrafficType: 'REJECT' });
});

it('needs nothing in the core stacks that the emulator does not know', () => {
  const unknown = ['AWS::Route53Resolver', 'AWS::EC2::FlowLog', 'AWS::SageMaker', 'AWS::Budgets', 'Custom::'];
  for (const name of ['data', 'control', 'inference'] as const)
    for (const { Type } of Object.values(
      production.templates[name].toJSON().Resources as Record<string, { Type: string }>,
    ))
      expect(unknown.filter((prefix) => Type.startsWith(prefix))).toEqual([]);
});
