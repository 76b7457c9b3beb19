// What a scan tells of a graph that passed it, in a size that an item holds.
import type { ScanFindings } from '../ports/scans.ts';
import type { ScanReport } from '../ports.ts';

const OPERATOR_COUNT = 64;
const NAME_CHARACTERS = 100;

type Passed = Extract<ScanReport, { ok: true }>;

export const findingsOf = ({
  opsets = {},
  nodeCount = 0,
  parameterCount = 0,
  operators = new Map(),
}: Passed): ScanFindings => {
  const sorted = [...operators].sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1));
  const told = sorted.slice(0, OPERATOR_COUNT);
  return {
    opsets: Object.fromEntries(Object.entries(opsets).map(([domain, version]) => [domain || 'ai.onnx', version])),
    nodeCount,
    parameterCount,
    operators: told.map(([name, count]) => ({ name: name.slice(0, NAME_CHARACTERS), count })),
    otherOperators: sorted.length - told.length,
  };
};
