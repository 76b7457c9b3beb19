// Another tenant's object and a missing one: two requests that differ in a name alone, whose answers may differ in
// nothing else. What is looked at: status, headers, body, and the function's log line.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cloud } from '../../support/cloud.ts';
import { rightful } from './credentials.ts';
import { type FunctionLogs, functionLogs } from './logs.ts';
import type { Caller, RawAnswer, RawCall } from './raw-call.ts';
import { fillPath, type Pair, type Params, pairsOf, type Route } from './samples.ts';
import type { Stage } from './stage.ts';

export interface Twins {
  readonly what: string;
  readonly operation: string;
  readonly there: RawCall;
  readonly missing: RawCall;
  /** Replaced in both answers, since they name what was asked for. */
  readonly names: readonly (readonly [there: string, missing: string])[];
}

const namesOf = ({ there, missing }: { readonly there: Params; readonly missing: Params }) =>
  Object.entries(there).flatMap(([name, value]) => {
    const other = missing[name];
    return other === undefined || other === value ? [] : [[value, other] as const];
  });

/** Who looks at what is not theirs: the other tenant, nobody, and a key of the owner's that is bound to other models. */
const lookers = (route: Route, { other, keys, operator }: Stage): Readonly<Record<string, Record<string, string>>> => {
  const bearer = (text: string) => ({ authorization: `Bearer ${text}` });
  return {
    'another tenant': bearer(other.token),
    'another tenant’s key': bearer(other.key),
    ...(route.spec.auth === 'operator' ? {} : { 'an operator': bearer(operator.token) }),
    ...(route.spec.auth === 'optional' ? { nobody: {} } : {}),
    ...(route.spec.path.includes('{model}') && route.spec.method === 'GET'
      ? { 'a key bound to other models': bearer(keys.boundElsewhere.text) }
      : {}),
  };
};

const toTwins = (route: Route, stage: Stage, pair: Pair, who: string, headers: Record<string, string>): Twins => {
  const { authorization: _, ...own } = rightful(route, stage).headers ?? {};
  const call = { ...rightful(route, stage), headers: { ...own, ...headers } };
  return {
    what: `${who} at ${pair.what}`,
    operation: route.operation,
    there: { ...call, path: fillPath(route, pair.there) },
    missing: { ...call, path: fillPath(route, pair.missing) },
    names: namesOf(pair),
  };
};

/** An account of others, named by the header that every signed-in call may have. */
const accountTwins = (route: Route, stage: Stage): Twins[] => {
  if (route.spec.auth === 'public') return [];
  const { owner, other } = stage;
  const missing = `${owner.accountId.slice(0, -1)}${owner.accountId.endsWith('0') ? '1' : '0'}`;
  return Object.entries({ token: other.token, key: other.key }).map(([credential, text]) => {
    const call = rightful(route, stage);
    const as = (accountId: string) => ({
      ...call,
      headers: { ...call.headers, authorization: `Bearer ${text}`, 'x-aimass-account': accountId },
    });
    return {
      what: `another tenant’s ${credential} at the owner’s account`,
      operation: route.operation,
      there: as(owner.accountId),
      missing: as(missing),
      names: [[owner.accountId, missing]],
    };
  });
};

export const twinsOf = (route: Route, stage: Stage): Twins[] => [
  ...pairsOf(route, stage).flatMap((pair) =>
    Object.entries(lookers(route, stage)).map(([who, headers]) => toTwins(route, stage, pair, who, headers)),
  ),
  ...accountTwins(route, stage),
];

/** Differ from answer to answer, whatever was asked for; that they are there is compared. */
const fleeting: ReadonlySet<string> = new Set([
  'x-request-id',
  'apigw-requestid',
  'date',
  // Of the connection that happened to be used, which ends after so many answers.
  'connection',
  'ratelimit',
  'ratelimit-policy',
]);

/** Not within another: a model `own` of a publisher `owner`. */
const wholeName = (name: string): RegExp =>
  new RegExp(`(?<![\\w-])${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w-])`, 'g');

/** The answer without what names this very call and the object. */
const faceOf = (answer: RawAnswer, names: readonly string[]): Face => {
  const requestId = requestIdOf(answer);
  const blank = (text: string) =>
    names.reduce(
      (blanked, name) => blanked.replaceAll(wholeName(name), '<name>'),
      text.replaceAll(requestId, '<request>'),
    );
  return {
    status: answer.status,
    headers: [...answer.headers]
      .map(([name, value]) => `${name}: ${fleeting.has(name) ? '<fleeting>' : blank(value)}`)
      .sort(),
    body: blank(Buffer.isBuffer(answer.body) ? answer.body.toString('utf8') : JSON.stringify(answer.body)),
  };
};

interface Answered {
  readonly twins: Twins;
  readonly there: RawAnswer;
  readonly missing: RawAnswer;
}

/** Both requests, one after the other. */
export const askTwins = async (twins: Twins, call: Caller): Promise<Answered> => ({
  twins,
  there: await call(twins.there),
  missing: await call(twins.missing),
});

type Face = Readonly<Record<string, unknown>>;

const differences = (what: string, there: Face, missing: Face): string[] =>
  Object.keys({ ...there, ...missing })
    .filter((part) => JSON.stringify(there[part]) !== JSON.stringify(missing[part]))
    .map(
      (part) =>
        `${what}: ${part} differs\n  there   ${JSON.stringify(there[part])}\n  missing ${JSON.stringify(missing[part])}`,
    );

const requestIdOf = (answer: RawAnswer) => answer.headers.get('x-request-id') ?? '';

/**
 * The log lines of the answers. The emulator hands a line that comes late on only when its environment is called again:
 * so whose line is not there is asked once more.
 */
const linesOf = async (answered: readonly Answered[], cloud: Cloud, call: Caller): Promise<FunctionLogs['calls']> => {
  const asked = answered.flatMap(({ twins, there, missing }) => [
    { sent: twins.there, id: requestIdOf(there) },
    { sent: twins.missing, id: requestIdOf(missing) },
  ]);
  for (let tries = 0; ; tries++) {
    const { calls } = await functionLogs(cloud);
    const late = asked.filter(({ id }) => !calls.has(id));
    if (tries === 20 || late.length === 0) return calls;
    // Several at once, since an environment takes one call at a time.
    await Promise.all(late.flatMap(({ sent }) => [call(sent), call(sent), call(sent)]));
    await sleep(200);
  }
};

/** @returns each pair of answers, or of log lines, that can be told apart */
export const tellApart = async (answered: readonly Answered[], cloud: Cloud, call: Caller): Promise<string[]> => {
  const lines = await linesOf(answered, cloud, call);
  return answered.flatMap(({ twins, there, missing }) => {
    const what = `${twins.what}, ${twins.operation}`;
    const logged = (answer: RawAnswer) => {
      const line = lines.get(requestIdOf(answer));
      return line && { route: line.route, status: line.status, code: line.code };
    };
    const [one, two] = [logged(there), logged(missing)];
    return [
      ...differences(
        what,
        faceOf(
          there,
          twins.names.map(([name]) => name),
        ),
        faceOf(
          missing,
          twins.names.map(([, name]) => name),
        ),
      ),
      ...(there.status < 400 ? [`${what}: must be refused, got ${there.status}`] : []),
      ...(one && two ? differences(`${what}, in the log`, one, two) : [`${what}: is not in the log`]),
    ];
  });
};
