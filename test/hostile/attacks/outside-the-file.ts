// Data outside the file, in every place where ONNX lets a tensor stand. What the runtime would read, were it to see
// such a file: the canaries that local files and links lead to.
import { attribute, block, entry, floats, func, graph, int, model, node } from '../../support/onnx-builder.ts';
import { type Attack, attacksOf } from '../attack.ts';
import { linkName, secretName } from '../canaries.ts';

type Part = readonly number[];

const external = (location: string, ...more: Part[]): number[] => [
  ...floats('w', [2]),
  ...block(13, entry('location', location)),
  ...more.flat(),
  ...int(14, 1),
];
const initializer = (location: string, ...more: Part[]) => graph([node()], block(5, external(location, ...more)));
const attr = attribute('value', block(5, external(secretName)));
const constant = node({ op: 'Constant', attributes: [attr] });
const within = (inner: Part, attributeName = 'then_branch') =>
  graph([node({ op: 'If', attributes: [attribute(attributeName, block(6, inner))] })]);

const places: readonly { readonly name: string; readonly why: string; readonly make: () => Uint8Array }[] = [
  { name: 'ext-sibling', why: 'a file in the working directory', make: () => model(initializer(secretName)) },
  {
    name: 'ext-sibling-part',
    why: 'a stretch of such a file',
    make: () => model(initializer(secretName, block(13, entry('offset', '1')), block(13, entry('length', '8')))),
  },
  { name: 'ext-parent', why: 'a file above it', make: () => model(initializer(`../${secretName}`)) },
  { name: 'ext-absolute', why: 'an absolute path', make: () => model(initializer('/proc/self/environ')) },
  { name: 'ext-tmp', why: 'a file in /tmp', make: () => model(initializer(`/tmp/${secretName}`)) },
  { name: 'ext-symlink', why: 'a symbolic link', make: () => model(initializer(linkName('symbolic'))) },
  { name: 'ext-hardlink', why: 'a hard link', make: () => model(initializer(linkName('hard'))) },
  {
    name: 'ext-in-subgraph',
    why: 'an initializer of a branch',
    make: () => model(within(initializer(secretName))),
  },
  {
    name: 'ext-in-deep-subgraph',
    why: 'an initializer eight graphs deep',
    make: () =>
      model(Array.from({ length: 7 }).reduce<number[]>((inner) => within(inner), within(initializer(secretName)))),
  },
  { name: 'ext-in-constant', why: 'the tensor of a Constant', make: () => model(graph([constant])) },
  {
    name: 'ext-in-graph-list',
    why: 'a graph in a list of graphs',
    make: () => model(graph([node({ attributes: [attribute('branches', block(11, initializer(secretName)))] })])),
  },
  {
    name: 'ext-in-tensor-list',
    why: 'a list of tensors',
    make: () => model(graph([node({ attributes: [attribute('values', block(10, external(secretName)))] })])),
  },
  {
    name: 'ext-in-function',
    why: 'a function’s body',
    make: () => model(graph([node({ op: 'f', domain: 'mine' })]), block(25, func('f', [constant]))),
  },
  {
    name: 'ext-in-function-default',
    why: 'the default of a function’s attribute',
    make: () =>
      model(graph([node({ op: 'f', domain: 'mine' })]), block(25, func('f', [node()], 'mine', block(11, attr)))),
  },
  {
    name: 'ext-in-sparse-values',
    why: 'the values of a sparse initializer',
    make: () => model(graph([node()], block(15, block(1, external(secretName))))),
  },
  {
    name: 'ext-in-sparse-attribute',
    why: 'the indices of a sparse attribute',
    make: () => model(graph([node({ attributes: [attribute('value', block(22, block(2, external(secretName))))] })])),
  },
];

export const outsideTheFile: readonly Attack[] = attacksOf('outside-the-file', [
  ...places.map((place) => ({ ...place, rules: ['external_data'] as const })),
  {
    name: 'ext-in-training-info',
    why: 'training information',
    make: () => model(graph(), block(20, block(1, initializer(secretName)))),
    rules: ['external_data', 'training_info'],
  },
  {
    name: 'ext-memory-marker',
    why: 'the runtime’s marker for an address in memory',
    make: () => model(initializer('*/_ORT_MEM_ADDR_/*', block(13, entry('offset', '4096')))),
    rules: ['memory_marker'],
  },
]);
