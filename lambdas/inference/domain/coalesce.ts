// Runs of one version that stand in line at the same time, run together and split again. Only for versions that are
// proven to keep rows apart; whether they are is not decided here.
//
//   run A  x: [2 × 4]  ─┐                      ┌─ y: rows 0–1 → A
//   run B  x: [1 × 4]  ─┼─ x: [6 × 4] → y: [6] ┼─ y: row  2   → B
//   run C  x: [3 × 4]  ─┘                      └─ y: rows 3–5 → C
import { elementBytes, elementCount, type Tensor } from './tensor.ts';

/** What is run, whichever version it is. */
export interface RowsRun {
  readonly inputs: readonly Tensor[];
  /** Names of the outputs asked for. */
  readonly outputs: readonly string[];
}

/** How a run may be joined with others. */
export interface JoinForm {
  /** Equal for runs that fit together: names, datatypes, sizes but the rows', outputs in their order. */
  readonly key: string;
  /** 1 or more. */
  readonly rowCount: number;
  /** Of all inputs. */
  readonly sizeBytes: number;
}

export interface JoinLimits {
  readonly rowCount: number;
  readonly sizeBytes: number;
}

/** @returns undefined when it has to run alone: its inputs do not count the same rows, or there are none */
export const joinFormOf = ({ inputs, outputs }: RowsRun): JoinForm | undefined => {
  const rowCount = inputs[0]?.shape[0];
  if (rowCount === undefined || rowCount < 1 || inputs.some(({ shape }) => shape[0] !== rowCount)) return undefined;
  const forms = inputs.map(({ name, datatype, shape }) => [name, datatype, ...shape.slice(1)]);
  // Callers order inputs as they like; a tensor's name is there once.
  forms.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  return {
    key: JSON.stringify([forms, outputs]),
    rowCount,
    sizeBytes: inputs.reduce((sum, { data }) => sum + data.length, 0),
  };
};

/**
 * The first run and those behind it that fit: all that already stand in line, up to the limits. Nobody is waited for.
 * @param forms - of the line, in order; undefined runs alone
 * @returns indexes, the first one always among them
 */
export const chooseJoined = (forms: readonly (JoinForm | undefined)[], limits: JoinLimits): number[] => {
  const [first] = forms;
  const chosen = [0];
  if (!first) return chosen;
  let { rowCount, sizeBytes } = first;
  for (let index = 1; index < forms.length; index++) {
    const form = forms[index];
    if (form?.key !== first.key) continue;
    if (rowCount + form.rowCount > limits.rowCount || sizeBytes + form.sizeBytes > limits.sizeBytes) continue;
    rowCount += form.rowCount;
    sizeBytes += form.sizeBytes;
    chosen.push(index);
  }
  return chosen;
};

/** @param runs - of equal keys, one or more @throws Error when they are not */
export const joinRuns = (runs: readonly RowsRun[]): RowsRun => {
  const [first] = runs;
  if (!first || runs.length === 1) return first ?? { inputs: [], outputs: [] };
  const inputs = first.inputs.map((input, index): Tensor => {
    const parts = runs.map(({ inputs: own }) => {
      const same = own[index];
      const part = same?.name === input.name ? same : own.find(({ name }) => name === input.name);
      if (!part) throw new Error(`the runs must be of one form, got one without '${input.name}'`);
      return part;
    });
    const rowCount = parts.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
    // Strings stand back to back as numbers do, each after its length.
    return { ...input, shape: [rowCount, ...input.shape.slice(1)], data: Buffer.concat(parts.map(({ data }) => data)) };
  });
  return { inputs, outputs: first.outputs };
};

/**
 * @param outputs - of the joint run, their data checked against their shapes
 * @param rowCounts - of the runs, in their order
 * @returns outputs for each run: parts of the same memory, each of its own rows only; undefined when the model did not
 *   give a row for each row
 */
export const splitOutputs = (
  outputs: readonly Tensor[],
  rowCounts: readonly number[],
): readonly (readonly Tensor[])[] | undefined => {
  const rowCount = rowCounts.reduce((sum, count) => sum + count, 0);
  const columns: (readonly Tensor[])[] = [];
  for (const output of outputs) {
    const column = output.shape[0] === rowCount ? splitTensor(output, rowCounts) : undefined;
    if (!column) return undefined;
    columns.push(column);
  }
  return rowCounts.map((_, run) => columns.flatMap((column) => column[run] ?? []));
};

const splitTensor = (tensor: Tensor, rowCounts: readonly number[]): Tensor[] | undefined => {
  const rest = tensor.shape.slice(1);
  const perRow = elementCount(rest);
  if (perRow === undefined) return undefined;
  let at = 0;
  const parts = rowCounts.map((count): Tensor => {
    const end = endOf(tensor, at, count * perRow);
    const part = { ...tensor, shape: [count, ...rest], data: tensor.data.subarray(at, end) };
    at = end;
    return part;
  });
  return at === tensor.data.length ? parts : undefined;
};

/** @returns where so many elements end that begin at a byte */
const endOf = ({ datatype, data }: Tensor, from: number, elements: number): number => {
  if (datatype !== 'BYTES') return from + elements * elementBytes[datatype];
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  let at = from;
  for (let element = 0; element < elements; element++) at += 4 + bytes.readUInt32LE(at);
  return at;
};
