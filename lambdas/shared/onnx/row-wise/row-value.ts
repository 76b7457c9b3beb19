// What is known of a value of the graph, as far as rows go.

/** Sizes of dimensions; undefined where only a run tells. */
export type Sizes = readonly (number | undefined)[];

/** Dimension 0 counts the call's rows, and row i depends on row i of the inputs alone. */
export interface RowsValue {
  readonly kind: 'rows';
  /** Sizes after dimension 0: the same for every row. */
  readonly rest: Sizes;
}

/** The same in every call. */
export interface ConstantValue {
  readonly kind: 'constant';
  /** undefined: computed from constants, and not known here. */
  readonly dims: readonly number[] | undefined;
  /** Elements of a short tensor of integers: axes, shapes, counts. */
  readonly ints: readonly number[] | undefined;
}

/** Whatever reads it is not proven either. */
export interface UnprovenValue {
  readonly kind: 'unproven';
  readonly reason: string;
}

export type RowValue = RowsValue | ConstantValue | UnprovenValue;

/** Thrown by a rule that cannot tell one row from another: the node's outputs are then unproven, for this reason. */
export class NotRowWise extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NotRowWise';
  }
}

export const rowsOf = (rest: Sizes): RowsValue => ({ kind: 'rows', rest });

export const unknownConstant: ConstantValue = { kind: 'constant', dims: undefined, ints: undefined };

/** undefined when a size is unknown. */
export const productOf = (sizes: Sizes): number | undefined => {
  let product = 1;
  for (const size of sizes) {
    if (size === undefined) return undefined;
    product *= size;
  }
  return product;
};
