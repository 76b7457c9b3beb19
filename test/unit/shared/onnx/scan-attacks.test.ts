// Models of a few bytes that read files or take the machine: what catches each, and where it says the fault lies.
import { describe, expect, it } from 'vitest';
import { modelBounds } from '../../../../lambdas/shared/onnx/bounds.ts';
import {
  attribute,
  block,
  entry,
  floats,
  func,
  graph,
  int,
  model,
  node,
  tensorType,
  value,
} from '../../../support/onnx-builder.ts';
import { nested, nodeWith, refuses, scan, within } from './refuses.ts';

const external = block(13, entry('location', 'secrets.txt'));
const elsewhere = [...floats('w', [2]), ...external, ...int(14, 1)];

it('accepts the model that the attacks are made of', () => {
  expect(scan(model())).toMatchObject({ ok: true, nodeCount: 1, zipMaps: 0, opsets: { '': 21 } });
});

describe('data outside the file', () => {
  const attr = attribute('value', block(5, elsewhere));
  refuses([
    {
      why: 'an initializer',
      rule: 'external_data',
      bytes: model(within(block(5, elsewhere))),
      path: 'graph.initializer[0].external_data[0]',
    },
    { why: 'a location alone', rule: 'external_data', bytes: model(within(block(5, floats('w', [2]), external))) },
    {
      why: 'the flag alone',
      rule: 'external_data',
      bytes: model(within(block(5, floats('w', [2], int(14, 1))))),
      path: 'graph.initializer[0]',
    },
    {
      why: 'an unknown data location',
      rule: 'external_data',
      bytes: model(within(block(5, floats('w', [2], int(14, 7))))),
    },
    {
      why: 'a tensor attribute',
      rule: 'external_data',
      bytes: model(nodeWith(attr)),
      path: 'graph.node[0].attribute[0].t.external_data[0]',
    },
    {
      why: 'a list of tensors in an attribute',
      rule: 'external_data',
      bytes: model(nodeWith(attribute('values', block(10, floats('a', [1])), block(10, elsewhere)))),
      path: 'graph.node[0].attribute[0].tensors[1].external_data[0]',
    },
    {
      why: 'a sparse initializer’s values',
      rule: 'external_data',
      bytes: model(within(block(15, block(1, elsewhere)))),
      path: 'graph.sparse_initializer[0].values.external_data[0]',
    },
    {
      why: 'a sparse initializer’s indices',
      rule: 'external_data',
      bytes: model(within(block(15, block(2, elsewhere)))),
    },
    {
      why: 'a sparse attribute',
      rule: 'external_data',
      bytes: model(nodeWith(attribute('sparse_value', block(22, block(1, elsewhere))))),
    },
    {
      why: 'an initializer of a graph within',
      rule: 'external_data',
      bytes: model(nested(2, within(block(5, elsewhere)))),
    },
    {
      why: 'a function’s body',
      rule: 'external_data',
      bytes: model(graph(), block(25, func('f', [node({ attributes: [attr] })]))),
      path: 'functions[0].node[0].attribute[0].t.external_data[0]',
    },
    {
      why: 'a function attribute’s default',
      rule: 'external_data',
      bytes: model(graph(), block(25, func('f', [], 'mine', block(11, attr)))),
      path: 'functions[0].attribute_proto[0].t.external_data[0]',
    },
    {
      why: 'training information',
      rule: 'external_data',
      bytes: model(graph(), block(20, block(2, within(block(5, elsewhere))))),
      path: 'training_info[0].algorithm.initializer[0].external_data[0]',
    },
    {
      why: 'an address in memory',
      rule: 'memory_marker',
      bytes: model(within(block(5, floats('w', [2], block(13, entry('location', '*/_ORT_MEM_ADDR_/*')))))),
    },
    {
      why: 'an address in memory as a name',
      rule: 'memory_marker',
      bytes: model(graph([node({ input: '_ORT_MEM_ADDR_' })])),
    },
  ]);
});

describe('what the runtime expands', () => {
  const calls = (name: string) => node({ op: name, domain: 'mine' });
  const doubling = Array.from({ length: 20 }, (_, i) =>
    block(25, func(`f${i}`, i === 0 ? [node()] : [calls(`f${i - 1}`), calls(`f${i - 1}`)])),
  );
  const chain = Array.from({ length: modelBounds.functionDepth + 2 }, (_, i) =>
    block(25, func(`f${i}`, i === 0 ? [node()] : [calls(`f${i - 1}`)])),
  );
  refuses([
    {
      why: 'functions that double each other',
      rule: 'too_many_nodes',
      bytes: model(graph([calls('f19')]), ...doubling),
    },
    {
      why: 'functions that double each other, though none is called',
      rule: 'too_many_nodes',
      bytes: model(graph(), ...doubling),
    },
    {
      why: 'a function that calls itself',
      rule: 'function_recursion',
      bytes: model(graph([calls('f')]), block(25, func('f', [calls('f')]))),
      path: 'functions[0].node[0]',
    },
    {
      why: 'functions that call each other',
      rule: 'function_recursion',
      bytes: model(graph(), block(25, func('f', [calls('g')])), block(25, func('g', [calls('f')]))),
    },
    { why: 'a long chain of functions', rule: 'too_deep', bytes: model(graph([calls('f5')]), ...chain) },
    {
      why: 'two functions of one name',
      rule: 'duplicate_name',
      bytes: model(graph(), block(25, func('f', [])), block(25, func('f', []))),
      path: 'functions[1]',
    },
    {
      why: 'a function that could be taken for an operator of ai.onnx.ml',
      rule: 'function_shadows_operator' as const,
      bytes: model(graph([node({ op: 'f', domain: 'ai.onnx.ml' })]), block(25, func('f', [node()], 'ai.onnx.ml'))),
      path: 'functions[0]',
    },
    {
      why: 'a function that could be taken for an operator of com.microsoft',
      rule: 'function_shadows_operator' as const,
      bytes: model(
        graph([node({ op: 'f', domain: 'com.microsoft' })]),
        block(25, func('f', [node()], 'com.microsoft')),
      ),
      path: 'functions[0]',
    },
    {
      why: 'a function that could be taken for an operator of com.microsoft.nchwc',
      rule: 'function_shadows_operator' as const,
      bytes: model(
        graph([node({ op: 'f', domain: 'com.microsoft.nchwc' })]),
        block(25, func('f', [node()], 'com.microsoft.nchwc')),
      ),
      path: 'functions[0]',
    },
    {
      why: 'a function that could be taken for an operator of org.pytorch.aten',
      rule: 'function_shadows_operator' as const,
      bytes: model(
        graph([node({ op: 'f', domain: 'org.pytorch.aten' })]),
        block(25, func('f', [node()], 'org.pytorch.aten')),
      ),
      path: 'functions[0]',
    },
    {
      why: 'a function in a standard operator’s place',
      rule: 'function_shadows_operator',
      bytes: model(graph(), block(25, func('Relu', [], ''))),
    },
    {
      why: 'too many nodes',
      rule: 'too_many_nodes',
      bytes: model(graph(new Array(modelBounds.nodes + 1).fill(node()))),
    },
    {
      why: 'too many nodes, most of them in a graph within',
      rule: 'too_many_nodes',
      bytes: model(nested(1, graph(new Array(modelBounds.nodes).fill(node())))),
    },
    {
      why: 'graphs too deep within each other',
      rule: 'too_deep',
      bytes: model(nested(modelBounds.graphDepth + 1, graph())),
    },
    {
      why: 'types too deep within each other',
      rule: 'too_deep',
      bytes: model(
        graph(
          [node()],
          block(
            13,
            value(
              'v',
              Array.from({ length: 6 }).reduce<number[]>((inner) => block(4, block(1, inner)), tensorType(1)),
            ),
          ),
        ),
      ),
    },
  ]);

  it('accepts functions that are called within reason', () => {
    const bytes = model(
      graph([calls('f')]),
      block(25, func('f', [calls('g'), calls('g')])),
      block(25, func('g', [node()])),
    );
    expect(scan(bytes)).toMatchObject({ ok: true, nodeCount: 4 });
  });

  it('accepts graphs as deep within each other as allowed', () => {
    expect(scan(model(nested(modelBounds.graphDepth, graph())))).toMatchObject({ ok: true });
  });
});
