// Every route of the contracts against every stranger, through the running API: only what is declared is answered,
// in our form; what is refused changes nothing; and another tenant's object looks exactly like a missing one.
import { writeSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Description } from './description.ts';
import { credentialCases, type Stranger, strangersOf } from './strangers/credentials.ts';
import { foreignCursors } from './strangers/foreign-cursors.ts';
import { type Case, surprisesIn } from './strangers/judge.ts';
import { functionLogs } from './strangers/logs.ts';
import { misshapenCases, waywardCases } from './strangers/misshapen.ts';
import { type Caller, rawCaller } from './strangers/raw-call.ts';
import { repeatsOf } from './strangers/repeats.ts';
import { type Route, refusedAnyway, routes } from './strangers/samples.ts';
import { servedCases } from './strangers/served.ts';
import { changesBetween, takeSnapshot } from './strangers/snapshot.ts';
import { makeStage, type Stage } from './strangers/stage.ts';
import { askTwins, tellApart, twinsOf } from './strangers/twins.ts';

const description = new Description();
const AT_ONCE = 12;

let stage: Stage;
let strangers: readonly Stranger[];
let call: Caller;
let close: () => void;
let answerCount = 0;
let surpriseCount = 0;
const kinds = new Set<string>();

/** Works through a list, a few at once, in its order. */
const each = async <T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> => {
  const results: R[] = new Array(items.length);
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i] as T);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
};

const note = (surprises: readonly string[]): readonly string[] => {
  surpriseCount += surprises.length;
  return surprises;
};

/** @returns what was surprising in the answers */
const ask = async (cases: readonly Case[]): Promise<readonly string[]> => {
  const answers = await each(cases, async (given) => ({ given, answer: await call(given.call) }));
  answerCount += answers.length;
  for (const { stranger } of cases) kinds.add(stranger);
  return note(answers.flatMap(({ given, answer }) => surprisesIn(given, answer, stage, description)));
};

beforeAll(async () => {
  stage = await makeStage();
  ({ call, close } = rawCaller(stage.cloud.apiUrl));
  strangers = await strangersOf(stage);
}, 180_000);

afterAll(async () => {
  close?.();
  await stage?.cloud.stop();
  // To the terminal itself: what a passing test says is not shown.
  writeSync(
    2,
    `routes × strangers: ${routes.length} × ${kinds.size}: ${answerCount} answers, ${surpriseCount} surprises\n`,
  );
});

describe('strangers', () => {
  it('meet every route that is described', () => {
    expect(routes.map(({ operation }) => operation).sort()).toEqual(description.operations().sort());
  });

  it('are refused as declared, whoever they say they are and whatever they send; nothing changes by it', async () => {
    const cursors = await foreignCursors(stage, call);
    const before = await takeSnapshot(stage.cloud);
    const surprises = [
      ...(await ask(routes.flatMap((route) => credentialCases(route, stage, strangers)))),
      ...(await ask(routes.flatMap((route) => misshapenCases(route, stage, cursors(route))))),
      ...(await ask(waywardCases(stage))),
    ];
    expect(surprises).toEqual([]);
    expect(note(changesBetween(before, await takeSnapshot(stage.cloud)))).toEqual([]);
  });

  it('cannot tell another tenant’s object from a missing one', async () => {
    const before = await takeSnapshot(stage.cloud);
    const answered = await each(
      routes.flatMap((route) => twinsOf(route, stage)),
      (twins) => askTwins(twins, call),
    );
    answerCount += 2 * answered.length;
    const cases = answered.flatMap(({ twins: { what, operation, ...calls }, there, missing }) =>
      (
        [
          [calls.there, there],
          [calls.missing, missing],
        ] as const
      ).flatMap(([sent, answer]) => surprisesIn({ stranger: what, operation, call: sent }, answer, stage, description)),
    );
    expect(note([...cases, ...(await tellApart(answered, stage.cloud, call))])).toEqual([]);
    expect(note(changesBetween(before, await takeSnapshot(stage.cloud)))).toEqual([]);
  });

  it('are served as declared where what they send is allowed', async () => {
    expect(await ask(routes.flatMap((route) => servedCases(route, stage)))).toEqual([]);
  });

  it('are strange by that alone: the same requests are served to the rightful caller, and repeated', async () => {
    // What takes something away comes last.
    const last = ({ name, spec }: Route) =>
      ['retireVersion', 'closeOffer'].includes(name) ? 2 : Number(spec.method === 'DELETE');
    const surprises: string[] = [];
    for (const route of [...routes].sort((a, b) => last(a) - last(b))) {
      const anyway = refusedAnyway[route.name];
      const expected = anyway
        ? { statuses: [anyway.status], codes: [anyway.code] }
        : { statuses: Object.keys(route.spec.responses).map(Number) };
      for (const one of repeatsOf(route, stage, expected)) surprises.push(...(await ask([one])));
    }
    expect(surprises).toEqual([]);
  });

  it('leave no secret, no address and no fault of ours in the logs', async () => {
    const { text } = await functionLogs(stage.cloud);
    expect([...stage.secrets].filter(([, secret]) => text.includes(secret)).map(([name]) => name)).toEqual([]);
    expect(text.match(/^.*"level":"fault".*$/gm) ?? []).toEqual([]);
  });
});
