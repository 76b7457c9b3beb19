// A graph, its nodes and their attributes, with all graphs within.
import type { RejectionPlace } from '../rejection.ts';
import { entrySink } from './entry-sink.ts';
import { type AttributeFacts, ForeignMemory } from './foreign-memory.ts';
import type { Body } from './function-calls.ts';
import type { ScanContext } from './scan-context.ts';
import type { Extent, Sink } from './sink.ts';
import { sparseSink, tensorSink } from './tensor-sink.ts';
import { typeSink, type ValueInfo, valueSink } from './value-sink.ts';

/** A node that turns class probabilities into a sequence of maps. */
export interface ZipMap {
  readonly name: string;
  readonly input: string;
  readonly output: string;
  readonly classCount: number;
  readonly extent: Extent;
}

/** What is kept of the model's own graph. */
export interface GraphFacts {
  readonly inputs: ValueInfo[];
  readonly outputs: ValueInfo[];
  readonly initializerNames: Set<string>;
  readonly zipMaps: ZipMap[];
}

export interface GraphOptions {
  readonly body: Body;
  /** 0 for the model's own graph. */
  readonly depth: number;
  readonly onClose?: (facts: GraphFacts) => void;
}

export const graphSink = (scan: ScanContext, options: GraphOptions): Sink => {
  const { body, depth, onClose } = options;
  if (depth > scan.bounds.graphDepth) {
    throw scan.reject('too_deep', `graphs must lie at most ${scan.bounds.graphDepth} deep within each other`);
  }
  const facts: GraphFacts = { inputs: [], outputs: [], initializerNames: new Set(), zipMaps: [] };
  const names = { input: new Set<string>(), output: new Set<string>() };
  const keep = (values: ValueInfo[], taken: Set<string>) =>
    valueSink(scan, (value) => {
      addName(scan, taken, value.name, value.place);
      values.push(value);
      scan.atMost('inputs or outputs of a graph', values.length, scan.bounds.graphValues);
    });
  return {
    message: (field) => {
      switch (field) {
        case 'node':
          return nodeSink(scan, { body, depth, onZipMap: (zipMap) => facts.zipMaps.push(zipMap) });
        case 'initializer':
          scan.countInitializer();
          return tensorSink(scan, (name, place, elements) => {
            addName(scan, facts.initializerNames, name, place);
            scan.parameterCount += elements;
          });
        case 'sparse_initializer':
          return sparseSink(scan);
        case 'input':
          return keep(facts.inputs, names.input);
        case 'output':
          return keep(facts.outputs, names.output);
        case 'value_info':
          return valueSink(scan, () => {});
        case 'quantization_annotation':
          return { message: () => entrySink(scan) };
        default:
          return entrySink(scan);
      }
    },
    close: () => onClose?.(facts),
  };
};

const addName = (scan: ScanContext, names: Set<string>, name: string, place: RejectionPlace) => {
  if (name === '')
    throw scan.reject('invalid_name', 'an initializer, input, output or attribute must have a name', place);
  if (names.has(name)) throw scan.reject('duplicate_name', `'${name}' must be the name of one thing`, place);
  names.add(name);
};

export interface NodeOptions {
  readonly body: Body;
  readonly depth: number;
  readonly onZipMap: (zipMap: ZipMap) => void;
}

export const nodeSink = (scan: ScanContext, { body, depth, onZipMap }: NodeOptions): Sink => {
  scan.countNode();
  const texts: Record<string, string> = { name: '', op_type: '', domain: '', overload: '' };
  const counts: Record<string, number> = { input: 0, output: 0, attribute: 0 };
  const first: Record<string, string> = { input: '', output: '' };
  const attributeNames = new Set<string>();
  const foreignMemory = new ForeignMemory();
  let classCount = 0;
  const countUp = (field: string, what: string, most: number) => {
    const count = (counts[field] ?? 0) + 1;
    counts[field] = count;
    scan.atMost(what, count, most);
    return count;
  };
  return {
    name: (field, value) => {
      if (field !== 'input' && field !== 'output') texts[field] = value;
      else if (countUp(field, `${field}s of a node`, scan.bounds.valuesPerNode) === 1) first[field] = value;
    },
    message: (field) => {
      if (field !== 'attribute') return entrySink(scan);
      countUp(field, 'attributes of a node', scan.bounds.attributesPerNode);
      return attributeSink(scan, {
        body,
        depth,
        onClose: (facts) => {
          addName(scan, attributeNames, facts.name, scan.place());
          foreignMemory.note(facts);
          if (facts.name.startsWith('classlabels_')) classCount = facts.elements;
        },
      });
    },
    close: (extent) => {
      const place = { path: scan.place().path, offset: extent.start };
      const { name = '', op_type: opType = '', domain = '', overload = '' } = texts;
      const { input = '', output = '' } = first;
      if (opType === '') throw scan.reject('invalid_name', "'op_type' must name an operator", place);
      body.addNode(scan, { domain, opType, overload }, place);
      foreignMemory.check(scan, { domain, opType }, place);
      scan.countOperator(domain, opType);
      if (opType === 'ZipMap' && domain === 'ai.onnx.ml') onZipMap({ name, input, output, classCount, extent });
    },
  };
};

export interface AttributeOptions {
  readonly body: Body;
  readonly depth: number;
  readonly onClose?: (facts: AttributeFacts) => void;
}

export const attributeSink = (scan: ScanContext, { body, depth, onClose }: AttributeOptions): Sink => {
  let name = '';
  let word: string | undefined;
  let isReference = false;
  let elements = 0;
  let tensorElements: number | undefined;
  let [first, allSame] = [undefined as number | undefined, true];
  return {
    name: (field, value) => {
      if (field === 'name') name = value;
      else isReference ||= value !== '';
    },
    bytes: (field) => {
      if (field === 'strings') elements++;
    },
    word: (field, text) => {
      if (field === 's') word = text;
    },
    wants: (field) => field === 'ints' && (name === '' || name === 'class_ids'),
    int: (field, value) => {
      if (field !== 'ints') return;
      elements++;
      first ??= value;
      allSame &&= value === first;
    },
    count: (_, added) => {
      elements += added;
    },
    message: (field) => {
      switch (field) {
        case 't':
          return tensorSink(scan, (_, __, count) => {
            tensorElements = count;
          });
        case 'tensors':
          return tensorSink(scan);
        case 'g':
        case 'graphs':
          return graphSink(scan, { body, depth: depth + 1 });
        case 'sparse_tensor':
        case 'sparse_tensors':
          return sparseSink(scan);
        default:
          return typeSink(scan, 1, () => {});
      }
    },
    close: () => onClose?.({ name, word, isReference, elements, tensorElements, allSame }),
  };
};
