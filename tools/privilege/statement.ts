// One statement of an IAM policy, its intrinsics resolved. An element that the evaluator does not know is refused here.
import * as z from 'zod';
import { Unknown } from './need.ts';

const list = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
/** Operator → key → values. */
const condition = z.record(z.string(), z.record(z.string(), list));

const raw = z
  .strictObject({
    Sid: z.string().optional(),
    Effect: z.enum(['Allow', 'Deny']),
    Action: list.optional(),
    NotAction: list.optional(),
    Resource: list.optional(),
    Principal: z.union([z.literal('*'), z.record(z.string(), list)]).optional(),
    Condition: condition.default({}),
  })
  .refine((one) => (one.Action === undefined) !== (one.NotAction === undefined), 'must have Action or NotAction');

export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: { readonly are: 'these' | 'all but these'; readonly patterns: readonly string[] };
  readonly resources: readonly string[];
  /** Absent in the policy of a role. */
  readonly principal: '*' | Readonly<Record<string, readonly string[]>> | undefined;
  readonly condition: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** @param where - named in what is thrown @throws Unknown */
export const toStatement = (resolved: unknown, where: string): Statement => {
  const parsed = raw.safeParse(resolved);
  if (!parsed.success) throw new Unknown(`${where}: ${z.prettifyError(parsed.error)}`);
  const { Effect, Action, NotAction, Resource, Principal, Condition } = parsed.data;
  if (Resource === undefined) throw new Unknown(`${where}: a statement must name its resources`);
  if (JSON.stringify(parsed.data).includes('${')) throw new Unknown(`${where}: policy variables are not evaluated`);
  return {
    effect: Effect,
    actions: Action ? { are: 'these', patterns: Action } : { are: 'all but these', patterns: NotAction ?? [] },
    resources: Resource,
    principal: Principal,
    condition: Condition,
  };
};
