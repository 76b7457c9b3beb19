import { expect, it } from 'vitest';
import { errorCatalogue } from '../../../lambdas/shared/kernel/error-catalogue.ts';
import { apiContexts } from '../../../tools/docs/contexts.ts';
import { errorCodesOf } from '../../../tools/docs/error-answers.ts';

it('every code of the catalogue is answered by some route, or by the router on the way to one', () => {
  const ofTheRouter = ['route_not_found', 'method_not_allowed'];
  const answered = apiContexts.flatMap(({ routes }) => Object.values(routes).flatMap(errorCodesOf));
  const known = new Set<string>([...ofTheRouter, ...answered]);
  expect(Object.keys(errorCatalogue).filter((code) => !known.has(code))).toEqual([]);
});
