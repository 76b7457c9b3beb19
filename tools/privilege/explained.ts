// What roles grant though no function's code ever asks for it: AWS itself does these things under the role. An entry that
// explains nothing, because the grant is gone or is now used by a call, fails the check.

import type { Grant } from './hold.ts';
import { matchesText } from './match.ts';

export interface Explanation {
  /** Names of functions without `aimass-<stage>-`; `*` and `?` are wildcards. */
  readonly functions: string;
  readonly actions: readonly string[];
  readonly reason: string;
}

export const explanations: readonly Explanation[] = [
  {
    functions: '*',
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    reason: 'Lambda itself writes what a function prints, to the function’s own log group.',
  },
  {
    functions: '*',
    actions: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
    reason: 'Lambda itself sends the segments of a traced function.',
  },
  {
    functions: 'inference-*',
    actions: [
      'ec2:AssignPrivateIpAddresses',
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:UnassignPrivateIpAddresses',
    ],
    reason: 'Lambda itself makes the network interfaces of a function in a network; its code is denied all of it.',
  },
  {
    functions: 'registry-scan',
    actions: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
    reason: 'The event source mapping reads the queue under the role of the function that it feeds.',
  },
  {
    functions: 'registry-search-index',
    actions: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
    reason: 'The event source mapping reads the queue under the role of the function that it feeds.',
  },
  {
    functions: 'registry-count',
    actions: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
    reason: 'The event source mapping reads the queue under the role of the function that it feeds.',
  },
  {
    functions: 'governance-notify',
    actions: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
    reason: 'The event source mapping reads the queue under the role of the function that it feeds.',
  },
  {
    functions: 'governance-deliver',
    actions: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
    reason: 'The event source mapping reads the queue under the role of the function that it feeds.',
  },
  {
    functions: 'registry-retire',
    actions: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
    reason: 'The event source mapping reads the queue under the role of the function that it feeds.',
  },
  {
    functions: 'governance-relay',
    actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
    reason: 'The event source mappings read the tables’ streams under the role of the function that they feed.',
  },
];

const shortName = (functionName: string) => functionName.replace(/^aimass-[a-z]+-/, '');

export interface Explained {
  readonly unexplained: readonly Grant[];
  readonly explainedCount: number;
  /** Actions of entries that no unused grant has. */
  readonly stale: readonly string[];
}

export const explain = (unused: readonly Grant[], table: readonly Explanation[] = explanations): Explained => {
  const explains = ({ functions, actions }: Explanation, grant: Grant) =>
    grant.leadingKey === undefined &&
    matchesText(functions, shortName(grant.functionName)) &&
    actions.includes(grant.action);
  const unexplained = unused.filter((grant) => !table.some((one) => explains(one, grant)));
  const stale = table.flatMap((one) =>
    one.actions
      .filter((action) => !unused.some((grant) => explains({ ...one, actions: [action] }, grant)))
      .map((action) => `${one.functions}: ${action}`),
  );
  return { unexplained, explainedCount: unused.length - unexplained.length, stale };
};
