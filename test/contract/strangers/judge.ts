// What in an answer is a surprise: an undeclared status or code, another shape than ours, or something that nobody
// should be told.

import * as z from 'zod';
import { type ErrorCode, errorCatalogue, errorKinds } from '../../../lambdas/shared/kernel/error-catalogue.ts';
import { isForeignPath } from '../../../lambdas/shared/platform/foreign-path.ts';
import type { Description } from '../description.ts';
import type { RawAnswer, RawCall } from './raw-call.ts';
import type { Stage } from './stage.ts';

export interface Expected {
  readonly statuses: readonly number[];
  /** Absent: any that the operation declares. */
  readonly codes?: readonly ErrorCode[];
}

export interface Case {
  /** Whose or what kind of request: the column of the table. */
  readonly stranger: string;
  /** The operation it is meant for, or undefined where the path or method is of none. */
  readonly operation: string | undefined;
  readonly call: RawCall;
  /** Absent: whatever the operation declares, but for a fault of ours. */
  readonly expected?: Expected;
}

const problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string().min(1),
  code: z.enum(Object.keys(errorCatalogue) as ErrorCode[]),
  error: z.string().min(1),
  requestId: z.string().regex(/^(req|inf)_[0-9A-Z]{26}$/),
  errors: z.array(z.strictObject({ pointer: z.string(), detail: z.string() })),
  links: z
    .array(
      z.strictObject({ rel: z.string(), method: z.enum(['GET', 'POST', 'PUT']), href: z.string().startsWith('/') }),
    )
    .optional(),
});

/** Of paths that no operation has, and of operations at a path that a trick turned into another. */
const wayward: ReadonlySet<string> = new Set(['route_not_found', 'method_not_allowed']);

/** @returns each surprise in words; empty: none */
export const surprisesIn = (given: Case, answer: RawAnswer, stage: Stage, description: Description): string[] => {
  const { operation, expected } = given;
  const found: string[] = [];
  const { status } = answer;
  if (status >= 500) found.push(`a fault of ours: ${answer.text.slice(0, 400)}`);
  if (status >= 400) found.push(...errorFaults(given, answer, description));
  if (operation !== undefined && !(status >= 400 && wayward.has(answer.body?.code))) {
    found.push(...description.faultsOf(operation, answer));
  }
  if (expected && !expected.statuses.includes(status)) {
    found.push(
      `must be ${expected.statuses.join(' or ')}, got ${status} ${JSON.stringify(answer.body)?.slice(0, 300)}`,
    );
  }
  if (expected?.codes && status >= 400 && !expected.codes.includes(answer.body?.code)) {
    found.push(`must be ${expected.codes.join(' or ')}, got ${answer.body?.code}: ${answer.body?.detail}`);
  }
  found.push(...leaksIn(given.call, answer, stage));
  return found.map((fault) => `${given.stranger} at ${line(given.call)}: ${fault}`);
};

const line = ({ method, path }: RawCall) => `${method} ${path.length > 160 ? `${path.slice(0, 160)}…` : path}`;

const errorFaults = ({ operation, call }: Case, answer: RawAnswer, description: Description): string[] => {
  const found: string[] = [];
  const type = answer.headers.get('content-type');
  const v2 = isForeignPath(call.path.replace(/^\/+/, '/'));
  const ours = v2 ? 'application/json' : 'application/problem+json';
  if (type !== ours) found.push(`the content type of an error must be ${ours}, got ${type}`);
  for (const [name, value] of [
    ['cache-control', 'no-store'],
    ['x-content-type-options', 'nosniff'],
  ] as const) {
    if (answer.headers.get(name) !== value) found.push(`'${name}' must be ${value}, got ${answer.headers.get(name)}`);
  }
  // A HEAD is answered by its headers alone.
  if (call.method === 'HEAD') return found;
  const parsed = problem.safeParse(answer.body);
  if (!parsed.success) return [...found, `not our error object: ${answer.text.slice(0, 300)}`];
  const { code, status, requestId } = parsed.data;
  if (status !== answer.status) found.push(`'status' in the body is ${status}, the answer's is ${answer.status}`);
  if (errorKinds[errorCatalogue[code].kind] !== status) found.push(`'${code}' must not have the status ${status}`);
  if (requestId !== answer.headers.get('x-request-id')) found.push('the request id of body and header must be one');
  const declared = operation === undefined ? undefined : description.codesOf(operation, status);
  if (declared && !wayward.has(code) && !declared.includes(code)) {
    found.push(`${operation} does not declare the code '${code}'`);
  }
  return [...found, ...headerFaults(answer)];
};

/** What some statuses owe their caller besides. */
const headerFaults = ({ status, headers }: RawAnswer): string[] => {
  const owed = { 401: 'www-authenticate', 405: 'allow', 429: 'retry-after', 503: 'retry-after' }[status];
  return owed === undefined || headers.has(owed) ? [] : [`a ${status} must have the header '${owed}'`];
};

const stackTrace = /\n\s+at |\\n\s+at |node_modules|\/var\/(task|runtime|lang)|\.[cm]?[jt]s:\d+/;
const infrastructure = /aimass-(dev|staging|production)|arn:aws|amazonaws\.com|\b\d{12}\b|DynamoDB|ConditionExpression/;

const leaksIn = (call: RawCall, answer: RawAnswer, stage: Stage): string[] => {
  const sent = `${call.path} ${Object.values(call.headers ?? {}).join(' ')} ${Buffer.from(call.body ?? []).toString('utf8')}`;
  const found: string[] = [];
  for (const [name, secret] of stage.secrets) {
    const own = answer.status < 400 && secret === ownAddress(call, stage);
    if (!own && answer.text.includes(secret)) found.push(`tells ${name}`);
  }
  if (answer.status < 400) return found;
  if (stackTrace.test(answer.text)) found.push(`tells where in our code it failed: ${answer.text.slice(0, 400)}`);
  const names = infrastructure.exec(answer.text)?.[0];
  if (names !== undefined && !sent.includes(names)) found.push(`tells of what it is built: ${names}`);
  for (const [name, id] of Object.entries(idsOf(stage))) {
    if (answer.text.includes(id) && !sent.includes(id)) found.push(`an error tells ${name}`);
  }
  return found;
};

/** Who asks for their own account may read it there. */
const ownAddress = (call: RawCall, { owner, other, operator }: Stage): string | undefined => {
  const bearer = call.headers?.authorization?.split(' ')[1];
  return [owner, other, operator].find(({ token, key }) => bearer === token || bearer === key)?.person.email;
};

/** What errors tell nobody who did not say it. */
const idsOf = ({ owner, other, operator, keys }: Stage): Readonly<Record<string, string>> => ({
  'the owner’s account': owner.accountId,
  'the owner’s user': owner.userId,
  'the other’s account': other.accountId,
  'the operator’s account': operator.accountId,
  ...Object.fromEntries(Object.entries(keys).map(([kind, { id }]) => [`the id of the key '${kind}'`, id])),
});
