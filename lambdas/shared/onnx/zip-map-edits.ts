// scikit-learn's converter ends classifiers in a ZipMap, which turns the matrix of probabilities into a sequence of
// maps that no tensor protocol can carry. Its node is replaced by an Identity of the same output, and the output's
// declaration by the matrix's. Only the bytes of those two and the graph's length change.
//
//   model   … │graph tag│graph length│ … │node ZipMap│ … │output│ … │ …
//   edited  … │graph tag│ new length │ … │node Identity│ … │output as float [?, classes]│ … │ …
import type { Edit } from './edit-bytes.ts';
import type { ZipMap } from './scan/graph-sink.ts';
import type { ModelFacts } from './scan/model-sink.ts';
import type { ValueInfo } from './scan/value-sink.ts';

const FLOAT = 1;

export interface ZipMapEdits {
  /** In file order. */
  readonly edits: readonly Edit[];
  /** The graph's outputs as they will be. */
  readonly outputs: readonly ValueInfo[];
  readonly zipMaps: number;
}

export const zipMapEdits = ({ graph, graphExtent }: ModelFacts): ZipMapEdits => {
  const zipMaps = new Map(graph.zipMaps.map((zipMap) => [zipMap.output, zipMap]));
  const edits: Edit[] = [];
  const outputs = graph.outputs.map((output) => {
    const zipMap = zipMaps.get(output.name);
    if (!zipMap) return output;
    const dims = [null, zipMap.classCount > 0 ? zipMap.classCount : null];
    edits.push(
      { ...span(zipMap), bytes: field(1, identityNode(zipMap)) },
      { ...span(output), bytes: field(12, floatMatrix(output.name, dims[1] ?? undefined)) },
    );
    return { ...output, type: { kind: 'tensor' as const, elementType: FLOAT, dims } };
  });
  const zipMapCount = edits.length / 2;
  if (zipMapCount === 0) return { edits, outputs, zipMaps: 0 };
  const grown = edits.reduce((sum, { start, end, bytes }) => sum + bytes.length - (end - start), 0);
  const graphBytes = graphExtent.end - graphExtent.contentStart + grown;
  // Field 7 of the model; its tag is kept, one byte.
  edits.push({
    start: graphExtent.start + 1,
    end: graphExtent.contentStart,
    bytes: Uint8Array.from(varint(graphBytes)),
  });
  return { edits: edits.sort((a, b) => a.start - b.start), outputs, zipMaps: zipMapCount };
};

const span = ({ extent }: Pick<ValueInfo, 'extent'>) => ({ start: extent.start, end: extent.end });

const identityNode = ({ name, input, output }: ZipMap) => [
  ...text(1, input),
  ...text(2, output),
  ...(name === '' ? [] : text(3, name)),
  ...text(4, 'Identity'),
];

/** ValueInfoProto of a float tensor [?, columns]. */
const floatMatrix = (name: string, columns: number | undefined) => {
  const openDim = field(1, []);
  const columnDim = field(1, columns === undefined ? [] : [8, ...varint(columns)]);
  const tensorType = [8, FLOAT, ...field(2, [...openDim, ...columnDim])];
  return [...text(1, name), ...field(2, field(1, tensorType))];
};

const varint = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
  return bytes;
};

const field = (number: number, content: ArrayLike<number>): Uint8Array =>
  Uint8Array.from([number * 8 + 2, ...varint(content.length), ...Array.from(content)]);

const text = (number: number, value: string) => field(number, new TextEncoder().encode(value));
