import { expect, it } from 'vitest';
import { errorCatalogue, errorKinds } from '../../../../lambdas/shared/kernel/error-catalogue.ts';
import { DomainError } from '../../../../lambdas/shared/kernel/errors.ts';

it('carries what the caller is told', () => {
  const error = new DomainError('not_found', 'key_not_found', 'no API key', { headers: { allow: 'GET' } });
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ kind: 'not_found', code: 'key_not_found', message: 'no API key' });
  expect(error.extras).toEqual({ headers: { allow: 'GET' } });
});

it.each(Object.entries(errorCatalogue))(
  '%s has a stable form, a status, a title and a mend',
  (code, { kind, title, mend }) => {
    expect(code).toMatch(/^[a-z]+(_[a-z0-9]+)*$/);
    expect(errorKinds[kind]).toBeGreaterThanOrEqual(400);
    expect(title).toMatch(/^[A-Z].*[^.]$/);
    expect(mend).toMatch(/[.]$/);
  },
);
