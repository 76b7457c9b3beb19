// True cursors in the wrong place: of another list, or of somebody else's.
import { rightful } from './credentials.ts';
import type { Caller } from './raw-call.ts';
import { type Route, routes } from './samples.ts';
import type { Stage } from './stage.ts';

const isList = ({ spec }: Route) => spec.query !== undefined && 'cursor' in spec.query.shape;

const nextOf = async (route: Route, stage: Stage, call: Caller, headers: Record<string, string>) => {
  const sent = rightful(route, stage);
  const { body } = await call({ ...sent, path: `${sent.path}?limit=1`, headers: { ...sent.headers, ...headers } });
  return typeof body?.next === 'string' ? (body.next as string) : undefined;
};

/** @returns for a route: what it is → a cursor that it must refuse */
export const foreignCursors = async (
  stage: Stage,
  call: Caller,
): Promise<(route: Route) => Readonly<Record<string, string>>> => {
  const own: [Route, string][] = [];
  const foreign: [Route, string, string][] = [];
  const others = { 'another tenant': stage.other.token, 'another person': stage.members[0]?.token };
  for (const route of routes.filter(isList)) {
    const next = await nextOf(route, stage, call, {});
    if (next !== undefined) own.push([route, next]);
    // A catalogue is one list for all; what is the account's is not.
    if (route.spec.auth !== 'required') continue;
    for (const [who, token] of Object.entries(others)) {
      const theirs = await nextOf(route, stage, call, { authorization: `Bearer ${token}` });
      if (theirs !== undefined) foreign.push([route, `${who}’s cursor of the same list`, theirs]);
    }
  }
  if (own.length < 3 || foreign.length < 3) throw new Error('the stage must have lists of more than one page');
  return (route) => ({
    ...Object.fromEntries(
      own.filter(([list]) => list !== route).map(([list, next]) => [`the cursor of '${list.name}'`, next]),
    ),
    ...Object.fromEntries(foreign.filter(([list]) => list === route).map(([, what, next]) => [what, next])),
  });
};
