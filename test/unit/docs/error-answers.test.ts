import { expect, it } from 'vitest';
import { refusedRoutes } from '../../../lambdas/inference/refused-routes.ts';
import { errorCatalogue } from '../../../lambdas/shared/kernel/error-catalogue.ts';
import type { RouteSpec } from '../../../lambdas/shared/platform/route.ts';
import { apiContexts } from '../../../tools/docs/contexts.ts';
import { errorCodesOf } from '../../../tools/docs/error-answers.ts';

it('every code of the catalogue is answered by some route, or by the router on the way to one', () => {
  const ofTheRouter = ['route_not_found', 'method_not_allowed'];
  // Known to the router and refused by it, so not in the description.
  const refused: Readonly<Record<string, RouteSpec>> = refusedRoutes;
  const specs = [...apiContexts.flatMap(({ routes }) => Object.values(routes)), ...Object.values(refused)];
  const answered = specs.flatMap(errorCodesOf);
  const known = new Set<string>([...ofTheRouter, ...answered]);
  expect(Object.keys(errorCatalogue).filter((code) => !known.has(code))).toEqual([]);
});
