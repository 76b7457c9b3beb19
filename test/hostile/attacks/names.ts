// Names that break what is keyed by them, or what reads them.
import { block, graph, int, model, node, tensorType, text } from '../../support/onnx-builder.ts';
import { type Attack, attacksOf } from '../attack.ts';
import { modelOf, node as op, value } from '../graph-writer.ts';

type Part = readonly number[] | Uint8Array;
const named = (name: Part): Uint8Array =>
  Uint8Array.from([
    ...int(1, 10),
    ...block(8, text(1, ''), int(2, 21)),
    ...block(
      7,
      block(1, block(1, name), text(2, 'y'), text(4, 'Identity')),
      block(11, block(1, name), block(2, tensorType(1, ['n', 2]))),
      block(12, text(1, 'y'), block(2, tensorType(1, ['n', 2]))),
    ),
  ]);
const longEntry = Uint8Array.from(block(14, block(1, Buffer.alloc(512, 'k'))));
const between = (name: string) => modelOf({ nodes: [op('Identity', ['x'], [name]), op('Identity', [name], ['y'])] });

const row = { name: '__proto__', datatype: 'FP32', shape: [1, 2], data: [1, 2] };

export const names: readonly Attack[] = attacksOf('names', [
  {
    name: 'name-not-utf8',
    why: 'an input whose name is not UTF-8',
    make: () => named([0xc3, 0x28]),
    rules: ['invalid_name'],
  },
  {
    name: 'name-surrogate',
    why: 'half of a character, as CESU-8 writes it',
    make: () => named([0xed, 0xa0, 0x80]),
    rules: ['invalid_name'],
  },
  {
    name: 'name-zero-byte',
    why: 'a zero byte, at which C ends a text',
    make: () => named(Buffer.from('x\0y')),
    rules: ['invalid_name'],
  },
  {
    name: 'name-line-end',
    why: 'a line end, which makes two lines of one in a log',
    make: () => named(Buffer.from('x\ny')),
    rules: ['invalid_name'],
  },
  {
    name: 'name-long',
    why: 'a name of a megabyte',
    make: () => named(Buffer.alloc(1 << 20, 'x')),
    rules: ['name_too_long'],
  },
  { name: 'name-empty-input', why: 'an input without a name', make: () => named([]), rules: ['invalid_name'] },
  {
    name: 'name-many-long',
    why: 'names that fill 40 MB together',
    make: () => Buffer.concat([...new Array<Uint8Array>(80_000).fill(longEntry), model()]),
    rules: ['name_too_long'],
  },
  {
    name: 'name-twice',
    why: 'two outputs of one name',
    make: () => model(graph([node()], block(12, text(1, 'y'), block(2, tensorType(1, ['n', 2]))))),
    rules: ['duplicate_name'],
  },
  {
    name: 'name-input-is-output',
    why: 'an output that nothing makes',
    make: () => modelOf({ nodes: [op('Identity', ['x'], ['z'])] }),
    rules: ['load_failed'],
  },
  {
    name: 'name-proto',
    why: 'an input called __proto__, which plain objects of JavaScript do not hold',
    make: () =>
      modelOf({
        nodes: [op('Identity', ['__proto__'], ['constructor'])],
        inputs: [value('__proto__', 'float', ['n', 2])],
        outputs: [value('constructor', 'float', ['n', 2])],
      }),
    calls: [{ why: 'is fed by that name', inputs: [row], ends: ['answered'] }],
  },
  {
    name: 'name-proto-within',
    why: 'an inner value called __proto__',
    make: () => between('__proto__'),
    calls: [{ why: 'runs', inputs: [{ ...row, name: 'x' }], ends: ['answered'] }],
  },
  {
    name: 'name-markup',
    why: 'a name that is markup, a path and a format text',
    make: () => between('</script><script>alert(1)</script>/../../%s%n$(id)'),
    calls: [{ why: 'runs', inputs: [{ ...row, name: 'x' }], ends: ['answered'] }],
  },
]);
