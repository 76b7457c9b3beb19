// The model as a whole: its versions, its graph, its functions.
import type { RejectionPlace } from '../rejection.ts';
import { entrySink } from './entry-sink.ts';
import { Body, checkExpansion, isRuntimeDomain, operatorKey } from './function-calls.ts';
import { attributeSink, type GraphFacts, graphSink, nodeSink } from './graph-sink.ts';
import type { ScanContext } from './scan-context.ts';
import type { Extent, Sink } from './sink.ts';
import { valueSink } from './value-sink.ts';

export interface ModelFacts {
  readonly opsets: ReadonlyMap<string, number>;
  readonly graph: GraphFacts;
  readonly graphExtent: Extent;
}

const START: RejectionPlace = { path: '', offset: 0 };

/** @returns the sink, and what is known once the file has been walked */
export const modelSink = (scan: ScanContext): { sink: Sink; finish: () => ModelFacts } => {
  const body = new Body();
  const functions = new Map<string, Body>();
  const imports = new Map<string, number>();
  let irVersion = 0;
  let graph: GraphFacts | undefined;
  let graphExtent: Extent | undefined;
  const sink: Sink = {
    int: (field, value) => {
      if (field === 'ir_version') irVersion = value;
    },
    message: (field, extent) => {
      switch (field) {
        case 'graph':
          graphExtent = extent;
          return graphSink(scan, {
            body,
            depth: 0,
            onClose: (facts) => {
              graph = facts;
            },
          });
        case 'opset_import':
          return opsetSink(scan, imports);
        case 'functions':
          scan.atMost('functions', functions.size + 1, scan.bounds.functions);
          return functionSink(scan, functions);
        case 'training_info':
          return trainingSink(scan);
        default:
          return entrySink(scan);
      }
    },
  };
  const finish = (): ModelFacts => {
    if (irVersion < scan.bounds.irVersionMin || irVersion > scan.bounds.irVersionMax) {
      const allowed = `between ${scan.bounds.irVersionMin} and ${scan.bounds.irVersionMax}`;
      throw scan.reject('unsupported_ir', `'ir_version' must be ${allowed}, got ${irVersion}`, START);
    }
    if (!graph || !graphExtent) throw scan.reject('no_graph', 'the model must have a graph', START);
    checkExpansion(scan, body, functions);
    return { opsets: imports, graph, graphExtent };
  };
  return { sink, finish };
};

const opsetSink = (scan: ScanContext, imports: Map<string, number>): Sink => {
  let domain = '';
  let version = 0;
  return {
    name: (_, value) => {
      // An alias of the empty domain.
      domain = value === 'ai.onnx' ? '' : value;
    },
    int: (_, value) => {
      version = value;
    },
    close: ({ start }) => {
      const place = { path: scan.place().path, offset: start };
      const said = `${domain || 'ai.onnx'} ${version}`;
      const most =
        { '': scan.bounds.opsetMax, 'ai.onnx.ml': scan.bounds.opsetMlMax }[domain] ?? Number.MAX_SAFE_INTEGER;
      if (version < 1 || version > most) {
        throw scan.reject('unsupported_opset', `the operator set must be between 1 and ${most}, got ${said}`, place);
      }
      const before = imports.get(domain);
      if (before !== undefined && before !== version) {
        throw scan.reject(
          'unsupported_opset',
          `an operator set must be imported once, got ${said} beside ${before}`,
          place,
        );
      }
      imports.set(domain, version);
      scan.atMost('operator sets', imports.size, scan.bounds.opsetImports);
    },
  };
};

const functionSink = (scan: ScanContext, functions: Map<string, Body>): Sink => {
  const body = new Body();
  const imports = new Map<string, number>();
  const texts: Record<string, string> = { name: '', domain: '', overload: '' };
  let valueCount = 0;
  return {
    name: (field, value) => {
      if (Object.hasOwn(texts, field)) texts[field] = value;
      else scan.atMost('inputs, outputs and attributes of a function', ++valueCount, scan.bounds.valuesPerNode);
    },
    message: (field) => {
      switch (field) {
        case 'node':
          return nodeSink(scan, { body, depth: 0, onZipMap: () => {} });
        case 'attribute_proto':
          scan.atMost('inputs, outputs and attributes of a function', ++valueCount, scan.bounds.valuesPerNode);
          return attributeSink(scan, { body, depth: 0 });
        case 'opset_import':
          return opsetSink(scan, imports);
        case 'value_info':
          return valueSink(scan, () => {});
        default:
          return entrySink(scan);
      }
    },
    close: ({ start }) => {
      const place = { path: scan.place().path, offset: start };
      const { name: opType = '', domain = '', overload = '' } = texts;
      if (opType === '') throw scan.reject('invalid_name', 'a function must have a name', place);
      if (isRuntimeDomain(domain)) {
        throw scan.reject(
          'function_shadows_operator',
          `a function must be of a domain of its own, got '${domain}'`,
          place,
        );
      }
      const key = operatorKey({ domain, opType, overload });
      if (functions.has(key)) throw scan.reject('duplicate_name', `function '${opType}' is there twice`, place);
      functions.set(key, body);
    },
  };
};

/** What is in it is looked at like any graph, so that its worst fault is told; then it is refused. */
const trainingSink = (scan: ScanContext): Sink => ({
  message: (field) =>
    field === 'initialization' || field === 'algorithm'
      ? graphSink(scan, { body: new Body(), depth: 0 })
      : entrySink(scan),
  close: ({ start }) => {
    throw scan.reject('training_info', 'a model must not carry training information', {
      path: scan.place().path,
      offset: start,
    });
  },
});
