// Functions expand where they are called, and what they call expands in them: a few kilobytes can stand for any number
// of nodes. Here they are counted as the runtime would expand them, without expanding anything.
import type { RejectionPlace } from '../rejection.ts';
import type { ScanContext } from './scan-context.ts';

/** A graph with all graphs within, or a function's body: its own nodes, and what it calls how often. */
export class Body {
  nodeCount = 0;
  readonly calls = new Map<string, { count: number; readonly place: RejectionPlace }>();

  addNode(scan: ScanContext, { domain, opType, overload }: Operator, place: RejectionPlace): void {
    this.nodeCount++;
    if (standardDomains.has(domain)) return;
    const key = operatorKey({ domain, opType, overload });
    const call = this.calls.get(key);
    if (call) call.count++;
    else {
      this.calls.set(key, { count: 1, place });
      scan.atMost('functions', this.calls.size, scan.bounds.functions);
    }
  }
}

export interface Operator {
  readonly domain: string;
  readonly opType: string;
  readonly overload: string;
}

/** Operators that are part of ONNX. The runtime's own (com.microsoft) are not: one of them, EPContext, reads files. */
const standardDomains: ReadonlySet<string> = new Set(['', 'ai.onnx', 'ai.onnx.ml']);

const runtimeDomains = ['ai.onnx', 'com.microsoft', 'com.ms', 'com.intel', 'com.xilinx', 'com.nvidia', 'org.pytorch'];

/**
 * Whether the runtime has, or may come to have, operators of its own there: of a function and an operator of one name,
 * which one runs is not ours to say.
 */
export const isRuntimeDomain = (domain: string): boolean =>
  domain === '' || runtimeDomains.some((name) => domain === name || domain.startsWith(`${name}.`));

const SEPARATOR = '\n';
export const operatorKey = ({ domain, opType, overload }: Operator): string =>
  [domain, opType, overload].join(SEPARATOR);

const describe = (key: string) => {
  const [domain, opType] = key.split(SEPARATOR);
  return `'${opType}' of domain '${domain}'`;
};

/** @throws ModelRejection unknown_domain, function_recursion, too_deep, too_many_nodes */
export const checkExpansion = (scan: ScanContext, graph: Body, functions: ReadonlyMap<string, Body>): void => {
  const known = new Map<Body, { cost: number; depth: number }>();
  const open = new Set<Body>();
  const measure = (body: Body): { cost: number; depth: number } => {
    const before = known.get(body);
    if (before) return before;
    open.add(body);
    let cost = body.nodeCount;
    let depth = 0;
    for (const [key, { count, place }] of body.calls) {
      const callee = functions.get(key);
      if (!callee) {
        const allowed = 'ai.onnx, ai.onnx.ml and functions of the model';
        throw scan.reject('unknown_domain', `an operator must be of ${allowed}, got ${describe(key)}`, place);
      }
      if (open.has(callee)) throw scan.reject('function_recursion', `${describe(key)} calls itself`, place);
      if (open.size > scan.bounds.functionDepth) throw tooDeep(scan, place);
      const called = measure(callee);
      cost += count * called.cost;
      depth = Math.max(depth, called.depth + 1);
      if (depth > scan.bounds.functionDepth) throw tooDeep(scan, place);
      if (cost > scan.bounds.nodes) {
        throw scan.reject(
          'too_many_nodes',
          `a model must have at most ${scan.bounds.nodes} nodes with its functions expanded`,
          place,
        );
      }
    }
    open.delete(body);
    const measured = { cost, depth };
    known.set(body, measured);
    return measured;
  };
  for (const body of [graph, ...functions.values()]) measure(body);
};

const tooDeep = (scan: ScanContext, place: RejectionPlace) =>
  scan.reject('too_deep', `functions must call each other at most ${scan.bounds.functionDepth} deep`, place);
