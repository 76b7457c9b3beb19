// The name under which a download is saved.
import { expect, it } from 'vitest';
import { dispositionOf } from '../../../lambdas/registry/domain/disposition.ts';

it.each([
  { name: 'model.onnx', told: 'attachment; filename="model.onnx"' },
  { name: 'été.txt', told: `attachment; filename="_t_.txt"; filename*=UTF-8''%C3%A9t%C3%A9.txt` },
  { name: `a b'(1)".csv`, told: `attachment; filename="a_b__1__.csv"; filename*=UTF-8''a%20b%27%281%29%22.csv` },
  { name: '\ud800.txt', told: `attachment; filename="_.txt"; filename*=UTF-8''%EF%BF%BD.txt` },
])('of $name tells it so that all clients can read it', ({ name, told }) => {
  expect(dispositionOf(name)).toBe(told);
});
