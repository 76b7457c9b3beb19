// What is deployed, as a graph read off the synthesised templates: functions, stores and the gateway as nodes; what
// calls, feeds, reads and writes what as edges, taken from routes, roles, rules and event sources.
import * as z from 'zod';

const kinds = {
  'AWS::Lambda::Function': 'function',
  'AWS::DynamoDB::Table': 'table',
  'AWS::S3::Bucket': 'bucket',
  'AWS::SQS::Queue': 'queue',
  'AWS::Events::EventBus': 'bus',
  'AWS::Cognito::UserPool': 'users',
  'AWS::ApiGatewayV2::Api': 'gateway',
  'AWS::CloudFront::Distribution': 'front',
} as const;
export type NodeKind = (typeof kinds)[keyof typeof kinds];

export interface ArchitectureNode {
  /** Unique over all stacks: `<stack>.<logical id>`. */
  readonly id: string;
  readonly stack: string;
  readonly kind: NodeKind;
  /** Without the stage: `billing-sealer`; what has no name of its own is called by its place among the constructs. */
  readonly name: string;
  readonly description: string;
  /** `rate(1 minute)`, where a schedule calls it. */
  readonly schedule: string | undefined;
}

/** `calls` a function or the gateway · `feeds` messages, events or records · `reads` alone · `writes`, and may read. */
export type EdgeKind = 'calls' | 'feeds' | 'reads' | 'writes';

export interface ArchitectureEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: EdgeKind;
}

export interface Architecture {
  readonly nodes: readonly ArchitectureNode[];
  readonly edges: readonly ArchitectureEdge[];
}

const template = z.object({
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Properties: z.record(z.string(), z.unknown()).default({}),
    }),
  ),
  Outputs: z
    .record(z.string(), z.object({ Value: z.unknown(), Export: z.object({ Name: z.string() }).optional() }))
    .default({}),
});
type Template = z.output<typeof template>;
type Resource = Template['Resources'][string];

/** @param templates - stack's short name (`data`) → its template as JSON @param prefix - of every name: `aimass-dev-` */
export const readArchitecture = (templates: Readonly<Record<string, unknown>>, prefix: string): Architecture => {
  const stacks = Object.entries(templates).map(([name, json]) => ({ name, ...template.parse(json) }));
  const nodes = stacks.flatMap((stack) =>
    Object.entries(stack.Resources).flatMap(([logicalId, resource]) => nodeOf(stack.name, logicalId, resource, prefix)),
  );
  const known = new Map(nodes.map((node) => [node.id, node]));
  const resolver = createResolver(stacks, nodes, prefix);
  const edges: ArchitectureEdge[] = [];
  const schedules = new Map<string, string>();
  for (const stack of stacks) {
    const at = (value: unknown) => resolver(stack.name, value).filter((id) => known.has(id));
    const add = (from: readonly string[], to: readonly string[], kind: EdgeKind) => {
      for (const source of from) for (const target of to) edges.push({ from: source, to: target, kind });
    };
    for (const { Type, Properties } of Object.values(stack.Resources)) {
      if (Type === 'AWS::ApiGatewayV2::Integration') add(at(Properties.ApiId), at(Properties.IntegrationUri), 'calls');
      if (Type === 'AWS::Lambda::EventSourceMapping')
        add(at(Properties.EventSourceArn), at(Properties.FunctionName), 'feeds');
      if (Type === 'AWS::Events::Rule') {
        const { schedule, bus, targets } = readRule(Properties);
        const called = targets.flatMap(at);
        if (schedule) for (const id of called) schedules.set(id, schedule);
        else add(at(bus), called, 'feeds');
      }
    }
  }
  for (const grant of grantsOf(stacks, resolver)) if (known.has(grant.to)) edges.push(grant);
  return {
    nodes: nodes.map((node) => ({ ...node, schedule: schedules.get(node.id) })),
    edges: strongest(edges),
  };
};

const nodeOf = (stack: string, logicalId: string, { Type, Properties }: Resource, prefix: string) => {
  if (!(Type in kinds)) return [];
  const kind = kinds[Type as keyof typeof kinds];
  const named = [Properties.FunctionName, Properties.TableName, Properties.QueueName].find(
    (name) => typeof name === 'string',
  );
  const name = typeof named === 'string' ? named.replace(prefix, '') : wordsOf(logicalId);
  const description = typeof Properties.Description === 'string' ? Properties.Description : '';
  return [{ id: `${stack}.${logicalId}`, stack, kind, name, description, schedule: undefined }];
};

/** `RegistryQuarantine1190F4B5` → `Registry Quarantine`: CDK's logical ids are the place in the tree and a hash. */
const wordsOf = (logicalId: string): string =>
  logicalId.replace(/[0-9A-F]{8}$/, '').replaceAll(/([a-z])([A-Z])/g, '$1 $2');

const rule = z.object({
  ScheduleExpression: z.string().optional(),
  EventBusName: z.unknown().optional(),
  Targets: z.array(z.object({ Arn: z.unknown() })).default([]),
});

const readRule = (properties: unknown) => {
  const { ScheduleExpression: schedule, EventBusName: bus, Targets } = rule.parse(properties);
  return { schedule, bus, targets: Targets.map(({ Arn }) => Arn) };
};

type Stack = Template & { readonly name: string };
/** Which resources a value of a template names, across stacks. */
type Resolver = (stack: string, value: unknown) => string[];

const createResolver = (stacks: readonly Stack[], nodes: readonly ArchitectureNode[], prefix: string): Resolver => {
  const exported = new Map(
    stacks.flatMap((stack) =>
      Object.values(stack.Outputs).flatMap(({ Value, Export }) =>
        Export ? [[Export.Name, { stack: stack.name, value: Value }] as const] : [],
      ),
    ),
  );
  const resolve: Resolver = (stack, value) => {
    if (typeof value === 'string') {
      return nodes
        .filter(({ name }) => value === prefix + name || value.endsWith(`:${prefix}${name}`))
        .map(({ id }) => id);
    }
    if (typeof value !== 'object' || value === null) return [];
    const [[intrinsic, argument] = []] = Object.entries(value);
    switch (intrinsic) {
      case 'Ref':
        return [`${stack}.${String(argument)}`];
      case 'Fn::GetAtt':
        return [`${stack}.${String(Array.isArray(argument) ? argument[0] : argument)}`];
      case 'Fn::ImportValue': {
        const source = exported.get(String(argument));
        return source ? resolve(source.stack, source.value) : [];
      }
      case 'Fn::Join':
        return Array.isArray(argument) && Array.isArray(argument[1])
          ? argument[1].flatMap((part) => resolve(stack, part))
          : [];
      default:
        return [];
    }
  };
  return resolve;
};

const statement = z.object({
  Effect: z.enum(['Allow', 'Deny']),
  Action: z.union([z.string(), z.array(z.string())]).optional(),
  Resource: z.unknown().optional(),
});
const policy = z.object({
  Roles: z.array(z.unknown()).default([]),
  PolicyDocument: z.object({ Statement: z.array(statement) }),
});

/** Actions that tell what a holder does with a node; the rest (logs, traces, polling of a queue) draws nothing. */
const edgeOfAction: Readonly<Record<string, EdgeKind>> = {
  'lambda:InvokeFunction': 'calls',
  'events:PutEvents': 'feeds',
  'sqs:SendMessage': 'feeds',
  'dynamodb:GetItem': 'reads',
  'dynamodb:Query': 'reads',
  'dynamodb:PutItem': 'writes',
  'dynamodb:UpdateItem': 'writes',
  'dynamodb:DeleteItem': 'writes',
  's3:GetObject': 'reads',
  's3:PutObject': 'writes',
  's3:DeleteObject': 'writes',
  'cognito-idp:AdminGetUser': 'reads',
};

const grantsOf = (stacks: readonly Stack[], resolve: Resolver): ArchitectureEdge[] => {
  const holders = new Map<string, string>();
  for (const { name, Resources } of stacks) {
    for (const [logicalId, { Type, Properties }] of Object.entries(Resources)) {
      if (Type !== 'AWS::Lambda::Function') continue;
      for (const role of resolve(name, Properties.Role)) holders.set(role, `${name}.${logicalId}`);
    }
  }
  return stacks.flatMap(({ name, Resources }) =>
    Object.values(Resources)
      .filter(({ Type }) => Type === 'AWS::IAM::Policy')
      .flatMap(({ Properties }) => {
        const { Roles, PolicyDocument } = policy.parse(Properties);
        const from = Roles.flatMap((role) => resolve(name, role)).flatMap((role) => holders.get(role) ?? []);
        return PolicyDocument.Statement.filter(({ Effect }) => Effect === 'Allow').flatMap(
          ({ Action = [], Resource }) => {
            const targets = [Resource].flat().flatMap((resource) => resolve(name, resource));
            const doing = [Action].flat().flatMap((action) => edgeOfAction[action] ?? []);
            return from.flatMap((holder) => targets.flatMap((to) => doing.map((kind) => ({ from: holder, to, kind }))));
          },
        );
      }),
  );
};

const strength: readonly EdgeKind[] = ['reads', 'writes', 'feeds', 'calls'];

/** One edge a pair: who writes is not said to read as well. */
const strongest = (edges: readonly ArchitectureEdge[]): ArchitectureEdge[] => {
  const byPair = new Map<string, ArchitectureEdge>();
  for (const edge of edges) {
    const pair = `${edge.from} ${edge.to}`;
    const other = byPair.get(pair);
    if (!other || strength.indexOf(edge.kind) > strength.indexOf(other.kind)) byPair.set(pair, edge);
  }
  return [...byPair.values()];
};
