// A forest as the operators' attributes tell it, of whichever version: arrays over nodes, and leaves with weights.

/** What a node asks of its feature's value v. */
export type Question = 'LEQ' | 'LT' | 'GTE' | 'GT' | 'EQ' | 'NEQ' | 'MEMBER' | 'WHOLE_MEMBER';

export interface BranchNode {
  readonly question: Question;
  readonly feature: number;
  readonly threshold: number;
  /** Values asked for by MEMBER, and by WHOLE_MEMBER of v without its fraction. */
  readonly members: readonly number[];
  /** Where NaN goes when the comparison itself would not send it: to `yes`. */
  readonly missingYes: boolean;
  readonly yes: number;
  readonly no: number;
}

export interface LeafNode {
  readonly targets: readonly number[];
  readonly weights: readonly number[];
}

export type TreeNode = BranchNode | LeafNode;

export const isLeaf = (node: TreeNode): node is LeafNode => 'weights' in node;

export interface TreeSource {
  /** Whether thresholds, weights and sums are float64; float32 otherwise. */
  readonly double: boolean;
  /** Children and roots are indexes into it. */
  readonly nodes: readonly TreeNode[];
  readonly roots: readonly number[];
  readonly targets: number;
}
