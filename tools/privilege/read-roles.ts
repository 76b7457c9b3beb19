// What each deployed function may do, from the templates: its role's statements, the policies of resources, and the
// endpoint of the network that it stands in.
import * as z from 'zod';
import { Unknown } from './need.ts';
import { type Deployed, Resolver, type Resource } from './resolve.ts';
import { type Statement, toStatement } from './statement.ts';

export interface FunctionRole {
  readonly functionName: string;
  readonly functionArn: string;
  readonly roleArn: string;
  readonly statements: readonly Statement[];
  /** The one way out of its network, for a function that stands in one. */
  readonly endpoint: readonly Statement[] | undefined;
}

export interface Roles {
  readonly functions: readonly FunctionRole[];
  /** Policies of buckets, queues and topics. */
  readonly ofResources: readonly Statement[];
}

const document = z.object({ Statement: z.array(z.unknown()) });
const roleProperties = z.object({
  ManagedPolicyArns: z.array(z.unknown()).max(0).optional(),
  PermissionsBoundary: z.undefined().optional(),
  Policies: z.array(z.object({ PolicyDocument: document })).default([]),
});
const policyProperties = z.object({
  PolicyDocument: document,
  Roles: z.array(z.object({ Ref: z.string() })).min(1),
});
const functionProperties = z.object({
  Role: z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) }),
  VpcConfig: z.unknown().optional(),
});
const endpointProperties = z.object({ VpcEndpointType: z.literal('Gateway'), PolicyDocument: document });

/** Types of policy that stand at resources; a new one is looked at before it is added. */
const resourcePolicyTypes = ['AWS::S3::BucketPolicy', 'AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy'];
const policyType = /Policy(Document)?$/;
const knownPolicyTypes: readonly string[] = [...resourcePolicyTypes, 'AWS::IAM::Policy'];

const parse = <S extends z.ZodType>(schema: S, value: unknown, where: string): z.output<S> => {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new Unknown(`${where}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
};

/** One stack's template, ready to be read. */
class StackReader {
  readonly #resources: readonly (readonly [id: string, resource: Resource])[];
  readonly #resolver: Resolver;
  readonly #stack: string;

  constructor(deployed: Deployed, stack: string) {
    this.#stack = stack;
    this.#resources = Object.entries(deployed.templates[stack]?.Resources ?? {});
    this.#resolver = new Resolver(deployed, stack);
    for (const [id, { Type }] of this.#resources) {
      if (policyType.test(Type) && !knownPolicyTypes.includes(Type)) throw new Unknown(`${stack} ${id}: a ${Type}`);
    }
  }

  ofType(...types: readonly string[]) {
    return this.#resources.filter(([, { Type }]) => types.includes(Type));
  }

  statements({ Statement }: z.output<typeof document>, id: string): Statement[] {
    return Statement.map((one) => toStatement(this.#resolver.resolve(one), `${this.#stack} ${id}`));
  }

  text(intrinsic: unknown): string {
    return String(this.#resolver.resolve(intrinsic));
  }

  /** Its inline policies and those that name it. */
  ofRole(role: string): Statement[] {
    const resource = this.#resources.find(([id]) => id === role)?.[1];
    const { Policies } = parse(roleProperties, resource?.Properties, `${this.#stack} ${role}`);
    const inline = Policies.flatMap(({ PolicyDocument }) => this.statements(PolicyDocument, role));
    const named = this.ofType('AWS::IAM::Policy').flatMap(([id, { Properties }]) => {
      const { PolicyDocument, Roles } = parse(policyProperties, Properties, `${this.#stack} ${id}`);
      return Roles.some(({ Ref }) => Ref === role) ? this.statements(PolicyDocument, id) : [];
    });
    return [...inline, ...named];
  }

  /** Statements of the one gateway endpoint of this stack. */
  endpoint(): Statement[] {
    const [first, ...others] = this.ofType('AWS::EC2::VPCEndpoint');
    if (!first || others.length > 0) throw new Unknown(`${this.#stack}: a network with other than one endpoint`);
    const [id, { Properties }] = first;
    return this.statements(parse(endpointProperties, Properties, `${this.#stack} ${id}`).PolicyDocument, id);
  }
}

/** @throws Unknown for whatever cannot be read with certainty */
export const readRoles = (deployed: Deployed): Roles => {
  const readers = Object.keys(deployed.templates).map((stack) => new StackReader(deployed, stack));
  const functions = readers.flatMap((reader) =>
    reader.ofType('AWS::Lambda::Function').map(([id, { Properties }]) => {
      const { Role, VpcConfig } = parse(functionProperties, Properties, id);
      const [role] = Role['Fn::GetAtt'];
      return {
        functionName: reader.text({ Ref: id }),
        functionArn: reader.text({ 'Fn::GetAtt': [id, 'Arn'] }),
        roleArn: reader.text({ 'Fn::GetAtt': [role, 'Arn'] }),
        statements: reader.ofRole(role),
        endpoint: VpcConfig === undefined ? undefined : reader.endpoint(),
      };
    }),
  );
  const ofResources = readers.flatMap((reader) =>
    reader
      .ofType(...resourcePolicyTypes)
      .flatMap(([id, { Properties }]) =>
        reader.statements(parse(z.object({ PolicyDocument: document }), Properties, id).PolicyDocument, id),
      ),
  );
  return { functions, ofResources };
};
