// Recorded calls held against the roles: which calls the roles would refuse, and what the roles grant that no call took.
import { type Context, holds } from './condition.ts';
import { evaluate } from './evaluate.ts';
import { matchesAction, matchesArn } from './match.ts';
import { ACCOUNT, type Need, Unknown } from './need.ts';
import type { FunctionRole, Roles } from './read-roles.ts';
import type { Statement } from './statement.ts';

export interface Asked {
  readonly signer: string;
  readonly from: string | undefined;
  readonly need: Need;
}

export interface Grant {
  readonly functionName: string;
  /** As the policy writes it, wildcards and all. */
  readonly action: string;
  readonly resource: string;
  /** One value of the condition on `dynamodb:LeadingKeys`; absent for the grant as such. */
  readonly leadingKey?: string | undefined;
}

export interface Refusal {
  readonly asked: Asked;
  readonly why: string;
}

export interface Outcome {
  readonly refused: readonly Refusal[];
  readonly unused: readonly Grant[];
}

const LEADING_KEYS = 'dynamodb:LeadingKeys';

/** What AWS knows of every call of a function: keys with undefined are known to be absent. */
const contextOf = ({ need, signer }: Asked, role: FunctionRole): Context => ({
  [LEADING_KEYS]: undefined,
  's3:prefix': undefined,
  's3:ResourceAccount': need.action.startsWith('s3:') ? ACCOUNT : undefined,
  // The service that acts on a resource's behalf has these; a function's own call has not.
  'aws:SourceArn': undefined,
  'aws:SourceAccount': undefined,
  'aws:SecureTransport': 'true',
  'aws:PrincipalAccount': ACCOUNT,
  'lambda:SourceFunctionArn': role.functionName === signer ? role.functionArn : undefined,
  ...need.context,
});

const leadingKeysOf = ({ condition }: Statement): readonly string[] =>
  Object.values(condition).flatMap((keys) => keys[LEADING_KEYS] ?? []);

/** Every action × resource of the allowing statements, and each partition key that they name. */
const grantsOf = ({ functionName, statements }: FunctionRole): Map<Statement, Grant[]> =>
  new Map(
    statements
      .filter(({ effect }) => effect === 'Allow')
      .map((statement) => {
        if (statement.actions.are !== 'these') throw new Unknown(`${functionName}: an Allow with NotAction`);
        const plain = statement.actions.patterns.flatMap((action) =>
          statement.resources.map((resource): Grant => ({ functionName, action, resource })),
        );
        const keyed = leadingKeysOf(statement).flatMap((leadingKey) =>
          statement.resources.map(
            (resource): Grant => ({
              functionName,
              action: statement.actions.patterns.join(' '),
              resource,
              leadingKey,
            }),
          ),
        );
        return [statement, [...plain, ...keyed]];
      }),
  );

/** Whether this call took this grant of a statement that let it through. */
const takes = (grant: Grant, statement: Statement, need: Need): boolean => {
  if (!matchesArn(grant.resource, need.resource)) return false;
  if (grant.leadingKey === undefined) return matchesAction(grant.action, need.action);
  // Narrowed to this one value, the condition must hold for one of the keys that were asked for.
  const { leadingKey } = grant;
  return [need.context[LEADING_KEYS] ?? []].flat().some((key) =>
    Object.keys(statement.condition)
      .filter((operator) => statement.condition[operator]?.[LEADING_KEYS])
      .every((operator) => holds({ [operator]: { [LEADING_KEYS]: [leadingKey] } }, { [LEADING_KEYS]: [key] })),
  );
};

class Tally {
  readonly #grants: Map<string, Map<Statement, Grant[]>>;
  readonly #used = new Set<Grant>();

  constructor(roles: Roles) {
    this.#grants = new Map(roles.functions.map((role) => [role.functionName, grantsOf(role)]));
  }

  take({ signer, need }: Asked, by: readonly Statement[]): void {
    for (const statement of by) {
      for (const grant of this.#grants.get(signer)?.get(statement) ?? []) {
        if (!this.#used.has(grant) && takes(grant, statement, need)) this.#used.add(grant);
      }
    }
  }

  get unused(): Grant[] {
    return [...this.#grants.values()]
      .flatMap((grants) => [...grants.values()].flat())
      .filter((one) => !this.#used.has(one));
  }
}

/** @throws Unknown when a policy is written in terms that are not known here */
export const hold = (asked: readonly Asked[], roles: Roles): Outcome => {
  const byName = new Map(roles.functions.map((role) => [role.functionName, role]));
  const tally = new Tally(roles);
  const refused: Refusal[] = [];
  for (const one of asked) {
    const role = byName.get(one.signer);
    if (!role) throw new Unknown(`the function ${one.signer}`);
    // The network is of the function that the call came from, the role of who signed it.
    const endpoint = one.from === undefined ? undefined : byName.get(one.from)?.endpoint;
    if (endpoint && !one.need.action.startsWith('s3:')) {
      refused.push({ asked: one, why: 'its network leads to S3 alone' });
      continue;
    }
    const decision = evaluate(
      { ...one.need, principalArn: role.roleArn, context: contextOf(one, role) },
      { role: role.statements, resources: roles.ofResources, endpoint },
    );
    if (decision.is === 'allowed') tally.take(one, decision.by);
    else refused.push({ asked: one, why: decision.why });
  }
  return { refused, unused: tally.unused };
};
