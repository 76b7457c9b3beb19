// IAM's decision about one request within one account: an explicit deny wins, whatever allows; without an allow it is
// denied. A role must be allowed by its own policies; what a bucket says can only take away.
import { type Context, holds } from './condition.ts';
import { matchesAction, matchesArn } from './match.ts';
import { Unknown } from './need.ts';
import type { Statement } from './statement.ts';

export interface IamRequest {
  readonly action: string;
  readonly resource: string;
  readonly principalArn: string;
  readonly context: Context;
}

export interface Policies {
  /** Of the role. */
  readonly role: readonly Statement[];
  /** Of buckets, queues and the like; each names its resources itself. */
  readonly resources: readonly Statement[];
  /** Of the network's way to the service, where the request takes it. */
  readonly endpoint?: readonly Statement[] | undefined;
}

export type Decision =
  | { readonly is: 'allowed'; readonly by: readonly Statement[] }
  | { readonly is: 'denied'; readonly why: string };

const account = (arn: string) => arn.split(':')[4] ?? '';

const isMeant = (principal: Statement['principal'], arn: string): boolean => {
  if (principal === '*') return true;
  return Object.entries(principal ?? {}).some(([kind, names]) => {
    if (kind === 'Service') return false;
    if (kind !== 'AWS') throw new Unknown(`principal of kind '${kind}'`);
    return names.some((name) => ['*', arn, account(arn), `arn:aws:iam::${account(arn)}:root`].includes(name));
  });
};

/** Whether a statement speaks of this request, its conditions included. */
const speaksOf = (statement: Statement, { action, resource, context }: IamRequest): boolean => {
  const { are, patterns } = statement.actions;
  if (patterns.some((pattern) => matchesAction(pattern, action)) !== (are === 'these')) return false;
  return statement.resources.some((pattern) => matchesArn(pattern, resource)) && holds(statement.condition, context);
};

export const evaluate = (request: IamRequest, { role, resources, endpoint }: Policies): Decision => {
  const meant = ({ principal }: Statement) => isMeant(principal, request.principalArn);
  const about = (statements: readonly Statement[]) => statements.filter((one) => speaksOf(one, request));
  const [own, ofResources] = [about(role), about(resources.filter(meant))];
  const atEndpoint = endpoint && about(endpoint.filter(meant));
  if ([...own, ...ofResources, ...(atEndpoint ?? [])].some(({ effect }) => effect === 'Deny')) {
    return { is: 'denied', why: 'an explicit deny' };
  }
  const by = own.filter(({ effect }) => effect === 'Allow');
  if (by.length === 0) return { is: 'denied', why: 'no statement of the role allows it' };
  if (atEndpoint?.length === 0) return { is: 'denied', why: 'the endpoint of its network does not let it through' };
  return { is: 'allowed', by };
};
