import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveGatewayRoutes } from '../../lib/routes.ts';

const derive = (routes: Record<string, readonly string[]>) =>
  deriveGatewayRoutes(
    Object.fromEntries(
      Object.entries(routes).map(([owner, paths]) => [
        owner,
        Object.fromEntries(paths.map((path) => [path, { path }])),
      ]),
    ),
  );
const table = (routes: Record<string, readonly string[]>) =>
  Object.fromEntries(derive(routes).map(({ key, owner }) => [key, owner]));

/** Who answers, by API Gateway's rule: the exact route first, else the longest greedy one, else `$default`. */
const answers = (routes: Record<string, string>, path: string): string | undefined => {
  const segments = path.split('/').slice(1);
  const ranked = Object.entries(routes)
    .map(([key, owner]) => ({ owner, pattern: key.replace('ANY /', '').split('/') }))
    .filter(({ pattern }) => {
      const greedy = pattern.at(-1) === '{proxy+}';
      const fixed = greedy ? pattern.slice(0, -1) : pattern;
      const long = greedy ? segments.length > fixed.length : segments.length === fixed.length;
      return long && fixed.every((part, index) => part.startsWith('{') || part === segments[index]);
    })
    .sort((a, b) => rank(b.pattern) - rank(a.pattern));
  return ranked[0]?.owner;
};
/** Static beats a parameter beats the rest of a path, from left to right. */
const rank = (pattern: readonly string[]) =>
  pattern.reduce(
    (sum, part, index) => sum + (part === '{proxy+}' ? 0 : part.startsWith('{') ? 1 : 2) * 3 ** -index,
    0,
  ) + (pattern.at(-1) === '{proxy+}' ? 0 : 1e-6);

describe('the gateway’s routes', () => {
  it('give each first segment of /v1 to its context, with and without a rest', () => {
    expect(
      table({
        registry: ['/v1/models', '/v1/models/{model}', '/v1/models/{model}/versions'],
        accounts: ['/v1/account', '/v1/keys/{id}'],
        inference: ['/v2', '/v2/models/{model}/infer'],
      }),
    ).toEqual({
      'ANY /v1/models': 'registry',
      'ANY /v1/models/{proxy+}': 'registry',
      'ANY /v1/account': 'accounts',
      'ANY /v1/account/{proxy+}': 'accounts',
      'ANY /v1/keys': 'accounts',
      'ANY /v1/keys/{proxy+}': 'accounts',
      'ANY /v2': 'inference',
      'ANY /v2/{proxy+}': 'inference',
    });
  });

  it('go one segment deeper where two contexts share a segment', () => {
    expect(table({ billing: ['/v1/admin/grants'], registry: ['/v1/admin/moderation/{id}', '/v1/models'] })).toEqual({
      'ANY /v1/admin/grants': 'billing',
      'ANY /v1/admin/grants/{proxy+}': 'billing',
      'ANY /v1/admin/moderation': 'registry',
      'ANY /v1/admin/moderation/{proxy+}': 'registry',
      'ANY /v1/models': 'registry',
      'ANY /v1/models/{proxy+}': 'registry',
    });
  });

  it('go below a parameter where contexts share what it names', () => {
    expect(
      table({
        registry: ['/v1/models', '/v1/models/{model}', '/v1/models/{m}/versions'],
        feedback: ['/v1/models/{m}/quality'],
      }),
    ).toEqual({
      'ANY /v1/models': 'registry',
      'ANY /v1/models/{part3}': 'registry',
      'ANY /v1/models/{part3}/versions': 'registry',
      'ANY /v1/models/{part3}/versions/{proxy+}': 'registry',
      'ANY /v1/models/{part3}/quality': 'feedback',
      'ANY /v1/models/{part3}/quality/{proxy+}': 'feedback',
    });
  });

  it('take a greedy parameter as it is', () => {
    expect(table({ registry: ['/v1/files/{path+}'], billing: ['/v1/files'] })).toEqual({
      'ANY /v1/files': 'billing',
      'ANY /v1/files/{proxy+}': 'registry',
    });
  });

  it('refuse one path of two contexts', () => {
    expect(() => derive({ a: ['/v1/x/{id}'], b: ['/v1/x/{name}'] })).toThrow(
      "'/v1/x/{name}' must belong to one context, got a and b",
    );
  });

  it('lead every path of a contract to its own context, whatever the contracts are', () => {
    const segment = fc.constantFrom('a', 'b', 'c', '{id}');
    const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => `/${segments.join('/')}`);
    const contracts = fc.uniqueArray(fc.tuple(path, fc.constantFrom('x', 'y', 'z')), {
      selector: ([one]) => one,
      maxLength: 8,
    });
    fc.assert(
      fc.property(contracts, (claims) => {
        const byOwner: Record<string, string[]> = {};
        for (const [one, owner] of claims) {
          byOwner[owner] = [...(byOwner[owner] ?? []), one];
        }
        const routes = table(byOwner);
        for (const [one, owner] of claims) expect(answers(routes, one.replaceAll('{id}', 'other'))).toBe(owner);
      }),
    );
  });
});
