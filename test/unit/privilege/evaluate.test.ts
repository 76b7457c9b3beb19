// IAM's decision, held against what AWS documents of it.
import { describe, expect, it } from 'vitest';
import type { Context } from '../../../tools/privilege/condition.ts';
import { evaluate } from '../../../tools/privilege/evaluate.ts';
import { toStatement } from '../../../tools/privilege/statement.ts';

const table = 'arn:aws:dynamodb:us-east-1:000000000000:table/orders';
const role = 'arn:aws:iam::000000000000:role/reader';

interface Case {
  readonly why: string;
  readonly role?: readonly object[];
  readonly resources?: readonly object[];
  readonly endpoint?: readonly object[];
  readonly action?: string;
  readonly resource?: string;
  readonly context?: Context;
}

const allow = (more: object = {}) => ({ Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: table, ...more });
const deny = (more: object = {}) => ({ ...allow(), Effect: 'Deny', ...more });
const statements = (raw: readonly object[]) => raw.map((one) => toStatement(one, 'test'));

const decide = ({ role: own = [allow()], resources = [], endpoint, ...request }: Case) =>
  evaluate(
    { action: 'dynamodb:GetItem', resource: table, principalArn: role, context: {}, ...request },
    { role: statements(own), resources: statements(resources), endpoint: endpoint && statements(endpoint) },
  ).is;

const keys = (operator: string, values: string | readonly string[]) => ({
  role: [allow({ Condition: { [operator]: { 'dynamodb:LeadingKeys': values } } })],
});
const leading = (...values: readonly string[]) => ({ 'dynamodb:LeadingKeys': values });

describe('a request', () => {
  it.each<Case>([
    { why: 'action and resource are named' },
    { why: 'actions know no case', role: [allow({ Action: 'DynamoDB:getitem' })] },
    { why: 'a * stands for any text', role: [allow({ Action: 'dynamodb:Get*' })] },
    { why: 'a ? stands for one character', role: [allow({ Action: 'dynamodb:GetIte?' })] },
    { why: 'one of several actions', role: [allow({ Action: ['dynamodb:Query', 'dynamodb:GetItem'] })] },
    { why: 'all resources', role: [allow({ Resource: '*' })] },
    { why: 'a wildcard within a part of the ARN', role: [allow({ Resource: 'arn:aws:dynamodb:*:*:table/ord*' })] },
    {
      why: 'a wildcard in the last part reaches over colons',
      role: [allow({ Resource: 'arn:aws:dynamodb:us-east-1:000000000000:*' })],
      resource: 'arn:aws:dynamodb:us-east-1:000000000000:a:b/c',
    },
    { why: 'all actions but others', role: [allow({ Action: undefined, NotAction: 'dynamodb:Scan' })] },
    { why: 'an action without resources', role: [allow({ Resource: '*' })], resource: '*' },
    { why: 'a deny of another action', role: [allow(), deny({ Action: 'dynamodb:Scan' })] },
    {
      why: 'a deny whose condition does not hold',
      role: [allow(), deny({ Condition: { Bool: { tls: 'false' } } })],
      context: { tls: 'true' },
    },
    { why: 'a deny that is meant for another', resources: [deny({ Principal: { AWS: 'arn:aws:iam::1:role/x' } })] },
    { why: 'a deny that is meant for a service', resources: [deny({ Principal: { Service: 's3.amazonaws.com' } })] },
    { why: 'the endpoint lets it through', endpoint: [allow({ Principal: '*' })] },
    {
      why: 'ForAllValues, each matches one',
      ...keys('ForAllValues:StringLike', ['a#*', 'b']),
      context: leading('a#1', 'b'),
    },
    {
      why: 'ForAllValues of no value at all',
      ...keys('ForAllValues:StringLike', ['a']),
      context: { 'dynamodb:LeadingKeys': undefined },
    },
    { why: 'ForAllValues of an empty list', ...keys('ForAllValues:StringLike', ['a']), context: leading() },
    { why: 'ForAnyValue, one matches', ...keys('ForAnyValue:StringEquals', ['a']), context: leading('x', 'a') },
    { why: 'a key in other letters', ...keys('StringEquals', 'a'), context: { 'DYNAMODB:leadingkeys': 'a' } },
    {
      why: 'IfExists of a key that is absent',
      ...keys('StringEqualsIfExists', 'a'),
      context: { 'dynamodb:LeadingKeys': undefined },
    },
    {
      why: 'StringNotEquals of a key that is absent',
      ...keys('StringNotEquals', 'a'),
      context: { 'dynamodb:LeadingKeys': undefined },
    },
    {
      why: 'Null true of a key that is absent',
      ...keys('Null', 'true'),
      context: { 'dynamodb:LeadingKeys': undefined },
    },
    {
      why: 'ArnEquals takes wildcards',
      ...keys('ArnEquals', 'arn:aws:lambda:*:*:function:x'),
      context: { 'dynamodb:LeadingKeys': 'arn:aws:lambda:r:a:function:x' },
    },
  ])('is allowed: $why', (one) => {
    expect(decide(one)).toBe('allowed');
  });

  it.each<Case>([
    { why: 'nothing is allowed', role: [] },
    { why: 'another action', role: [allow({ Action: 'dynamodb:Query' })] },
    { why: 'another resource', role: [allow({ Resource: `${table}2` })] },
    { why: 'an index is not its table', resource: `${table}/index/gsi1` },
    { why: 'a dot is a dot', role: [allow({ Resource: 'arn:aws:s3:::a.b' })], resource: 'arn:aws:s3:::aXb' },
    { why: 'a ? is not none', role: [allow({ Action: 'dynamodb:GetItem?' })] },
    { why: 'a wildcard stays within its part', role: [allow({ Resource: 'arn:aws:*:table/orders' })] },
    { why: 'an action without resources, of named ones', resource: '*' },
    { why: 'an explicit deny wins', role: [allow(), deny()] },
    { why: 'a deny before the allow wins too', role: [deny(), allow({ Action: '*', Resource: '*' })] },
    { why: 'a deny of all but others', role: [allow(), deny({ Action: undefined, NotAction: 'logs:*' })] },
    { why: 'a deny of the resource’s own policy', resources: [deny({ Principal: { AWS: '*' } })] },
    { why: 'a deny for the account', resources: [deny({ Principal: { AWS: 'arn:aws:iam::000000000000:root' } })] },
    { why: 'an allow of the resource’s policy is not the role’s', role: [], resources: [allow({ Principal: '*' })] },
    { why: 'the endpoint speaks of something else', endpoint: [allow({ Principal: '*', Resource: `${table}2` })] },
    { why: 'the endpoint denies', endpoint: [allow({ Principal: '*' }), deny({ Principal: '*' })] },
    {
      why: 'ForAllValues, one matches none',
      ...keys('ForAllValues:StringLike', ['a#*']),
      context: leading('a#1', 'c'),
    },
    { why: 'ForAnyValue of no value', ...keys('ForAnyValue:StringEquals', ['a']), context: leading() },
    {
      why: 'StringEquals takes no wildcards',
      ...keys('StringEquals', 'a*'),
      context: { 'dynamodb:LeadingKeys': 'ab' },
    },
    {
      why: 'StringEquals of a key that is absent',
      ...keys('StringEquals', 'a'),
      context: { 'dynamodb:LeadingKeys': undefined },
    },
    {
      why: 'StringNotLike of what is like it',
      ...keys('StringNotLike', 'a*'),
      context: { 'dynamodb:LeadingKeys': 'ab' },
    },
    { why: 'letters count in values', ...keys('StringEquals', 'a'), context: { 'dynamodb:LeadingKeys': 'A' } },
    {
      why: 'Null false of a key that is absent',
      ...keys('Null', 'false'),
      context: { 'dynamodb:LeadingKeys': undefined },
    },
    {
      why: 'of two conditions one holds',
      role: [allow({ Condition: { StringEquals: { a: '1' }, StringLike: { b: '2' } } })],
      context: { a: '1', b: '3' },
    },
  ])('is denied: $why', (one) => {
    expect(decide(one)).toBe('denied');
  });
});

describe('what the evaluator does not know', () => {
  it.each<Case>([
    { why: 'an operator', role: [allow({ Condition: { NumericLessThan: { a: '1' } } })], context: { a: '1' } },
    { why: 'a key', role: [allow({ Condition: { StringEquals: { 'aws:PrincipalTag/team': 'x' } } })] },
    { why: 'many values without a set operator', ...keys('StringEquals', 'a'), context: leading('a', 'b') },
    { why: 'NotResource', role: [{ Effect: 'Allow', Action: '*', NotResource: table }] },
    { why: 'NotPrincipal', resources: [{ ...deny(), NotPrincipal: '*' }] },
    { why: 'a policy variable', role: [allow({ Resource: `${table}/\${aws:username}` })] },
    { why: 'a principal of another kind', resources: [deny({ Principal: { Federated: 'x' } })] },
    { why: 'an effect', role: [allow({ Effect: 'Maybe' })] },
    { why: 'Action beside NotAction', role: [allow({ NotAction: 'x:y' })] },
  ])('is refused, not guessed: $why', (one) => {
    expect(() => decide(one)).toThrow();
  });
});
