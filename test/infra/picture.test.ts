// The README's picture is what the stacks are, and says what it must of a small cloud made for the purpose.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../lib/root.ts';
import { readArchitecture } from '../../tools/picture/architecture.ts';
import { drawArchitecture } from '../../tools/picture/mermaid.ts';
import { withPicture } from '../../tools/picture/readme-picture.ts';
import { synthesised } from './synthesised.ts';

const importing = (name: string) => ({ 'Fn::ImportValue': name });
const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const allow = (role: string, statements: readonly object[]) => ({
  Type: 'AWS::IAM::Policy',
  Properties: { Roles: [{ Ref: role }], PolicyDocument: { Statement: statements } },
});
const aFunction = (name: string, role: string) => ({
  Type: 'AWS::Lambda::Function',
  Properties: { FunctionName: `x-${name}`, Description: `does ${name}`, Role: arnOf(role) },
});

const small = () =>
  readArchitecture(
    {
      data: {
        Resources: {
          Table: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: 'x-billing' } },
          RegistryFiles0A1B2C3D: { Type: 'AWS::S3::Bucket' },
        },
        Outputs: { Out: { Value: arnOf('Table'), Export: { Name: 'table' } } },
      },
      control: {
        Resources: {
          Sealer: aFunction('billing-sealer', 'SealerRole'),
          SealerRole: { Type: 'AWS::IAM::Role' },
          Reader: aFunction('billing-api', 'ReaderRole'),
          ReaderRole: { Type: 'AWS::IAM::Role' },
          P1: allow('SealerRole', [
            { Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: importing('table') },
            { Effect: 'Allow', Action: ['dynamodb:PutItem'], Resource: [importing('table')] },
          ]),
          P2: allow('ReaderRole', [
            {
              Effect: 'Allow',
              Action: 'dynamodb:Query',
              Resource: { 'Fn::Join': ['', [importing('table'), '/index/gsi1']] },
            },
            { Effect: 'Deny', Action: 'lambda:InvokeFunction', Resource: arnOf('Sealer') },
          ]),
          Each: {
            Type: 'AWS::Events::Rule',
            Properties: { ScheduleExpression: 'rate(1 minute)', Targets: [{ Arn: arnOf('Sealer') }] },
          },
        },
      },
    },
    'x-',
  );

describe('the architecture read off templates', () => {
  it('joins who may do something with what they may do it to, over stacks, the stronger of two', () => {
    expect(small().edges).toEqual([
      { from: 'control.Sealer', to: 'data.Table', kind: 'writes' },
      { from: 'control.Reader', to: 'data.Table', kind: 'reads' },
    ]);
  });

  it('names functions and stores without the stage, and tells who is called by the clock', () => {
    expect(small().nodes.map(({ kind, name, schedule }) => ({ kind, name, schedule }))).toEqual([
      { kind: 'table', name: 'billing', schedule: undefined },
      { kind: 'bucket', name: 'Registry Files', schedule: undefined },
      { kind: 'function', name: 'billing-sealer', schedule: 'rate(1 minute)' },
      { kind: 'function', name: 'billing-api', schedule: undefined },
    ]);
  });

  it('is drawn with a box a stack, a shape a kind and an arrow an edge', () => {
    const drawn = drawArchitecture(small());
    expect(drawn).toContain('subgraph data-stack["data"]');
    expect(drawn).toContain('function-billing-sealer["<b>billing-sealer</b><br/>does billing-sealer<br/>each minute"]');
    expect(drawn).toContain('bucket-registry-files[("<b>files</b><br/>S3")]');
    expect(drawn).toContain('function-billing-sealer --> table-billing');
    expect(drawn).toContain('function-billing-api -.-> table-billing');
  });
});

it('the README’s picture is current: `npm run docs` draws it', () => {
  const { control, inference, data } = synthesised('dev').templates;
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  expect(readme).toBe(
    withPicture(readme, { control: control.toJSON(), inference: inference.toJSON(), data: data.toJSON() }),
  );
});
