// CloudFormation's intrinsics resolved to what was deployed: names and ARNs as requests carry them. An intrinsic or
// attribute that is not known is refused.
import * as z from 'zod';
import { ACCOUNT, REGION, Unknown } from './need.ts';

/** In the folder of a cloud's template, beside the emulator's state. */
export const DEPLOYED_FILE = 'deployed-roles.json';

const resource = z.looseObject({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) });
export type Resource = z.output<typeof resource>;

export const template = z.looseObject({
  Resources: z.record(z.string(), resource),
  Outputs: z
    .record(z.string(), z.looseObject({ Value: z.unknown(), Export: z.object({ Name: z.unknown() }).optional() }))
    .default({}),
});

export const deployed = z.object({
  /** Stack → template. */
  templates: z.record(z.string(), template),
  /** Stack → logical id → physical id. */
  physicalIds: z.record(z.string(), z.record(z.string(), z.string())),
});
export type Deployed = z.output<typeof deployed>;

const pseudo: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': REGION,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
};

const regional = (service: string, resourceName: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resourceName}`;

/** `<type>.<attribute>` → its value, from the physical id. */
const attributes: Readonly<Record<string, (id: string) => string>> = {
  'AWS::DynamoDB::Table.Arn': (id) => regional('dynamodb', `table/${id}`),
  'AWS::DynamoDB::Table.StreamArn': (id) => regional('dynamodb', `table/${id}/stream/deployed`),
  'AWS::S3::Bucket.Arn': (id) => `arn:aws:s3:::${id}`,
  'AWS::Lambda::Function.Arn': (id) => regional('lambda', `function:${id}`),
  'AWS::Logs::LogGroup.Arn': (id) => regional('logs', `log-group:${id}:*`),
  'AWS::Cognito::UserPool.Arn': (id) => regional('cognito-idp', `userpool/${id}`),
  'AWS::SQS::Queue.Arn': (id) => regional('sqs', id.split('/').at(-1) ?? id),
  'AWS::Events::EventBus.Arn': (id) => regional('events', `event-bus/${id}`),
  'AWS::Events::Rule.Arn': (id) => (id.startsWith('arn:') ? id : regional('events', `rule/${id}`)),
  'AWS::KMS::Key.Arn': (id) => (id.startsWith('arn:') ? id : regional('kms', `key/${id}`)),
  'AWS::IAM::Role.Arn': (id) => `arn:aws:iam::${ACCOUNT}:role/${id}`,
};

export class Resolver {
  readonly #deployed: Deployed;
  readonly #stack: string;

  constructor(deployed: Deployed, stack: string) {
    this.#deployed = deployed;
    this.#stack = stack;
  }

  /** @throws Unknown */
  resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((one) => this.resolve(one));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [[name, argument] = ['', undefined]] = entries;
    if (entries.length === 1 && (name === 'Ref' || name.startsWith('Fn::'))) return this.#intrinsic(name, argument);
    return Object.fromEntries(entries.map(([key, one]) => [key, this.resolve(one)]));
  }

  #intrinsic(name: string, argument: unknown): unknown {
    switch (name) {
      case 'Ref':
        return pseudo[String(argument)] ?? this.#physicalId(String(argument));
      case 'Fn::GetAtt': {
        const [id, attribute] = z.tuple([z.string(), z.string()]).parse(argument);
        return this.#attribute(id, attribute);
      }
      case 'Fn::Join': {
        const [separator, parts] = z.tuple([z.string(), z.array(z.unknown())]).parse(argument);
        return parts.map((part) => String(this.resolve(part))).join(separator);
      }
      case 'Fn::Select': {
        const [index, list] = z.tuple([z.coerce.number(), z.unknown()]).parse(argument);
        return z.array(z.unknown()).parse(this.resolve(list))[index];
      }
      case 'Fn::Split': {
        const [separator, text] = z.tuple([z.string(), z.unknown()]).parse(argument);
        return String(this.resolve(text)).split(separator);
      }
      case 'Fn::ImportValue':
        return this.#imported(String(this.resolve(argument)));
    }
    throw new Unknown(`the intrinsic ${name}`);
  }

  #physicalId(id: string): string {
    const found = this.#deployed.physicalIds[this.#stack]?.[id];
    if (found === undefined) throw new Unknown(`what ${this.#stack} deployed as ${id}`);
    return found;
  }

  #attribute(id: string, attribute: string): string {
    const type = this.#deployed.templates[this.#stack]?.Resources[id]?.Type;
    const toValue = attributes[`${type}.${attribute}`];
    if (!toValue) throw new Unknown(`the attribute ${type}.${attribute}`);
    return toValue(this.#physicalId(id));
  }

  #imported(exportName: string): unknown {
    for (const [stack, { Outputs }] of Object.entries(this.#deployed.templates)) {
      const other = new Resolver(this.#deployed, stack);
      for (const { Value, Export } of Object.values(Outputs)) {
        if (Export && other.resolve(Export.Name) === exportName) return other.resolve(Value);
      }
    }
    throw new Unknown(`the export ${exportName}`);
  }
}
