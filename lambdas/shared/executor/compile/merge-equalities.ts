// Exporters write "is one of 3, 5, 8" as a chain of nodes that ask for 3, for 5 and for 8, and all point to one node for
// yes. Each chain becomes one node that asks for the set, as onnxruntime does, and a tree again of what was none.
//
//   3? ──yes──┐                            {3, 5, 8}? ──yes──► X
//   no        ▼                                │
//   5? ──yes─►X                                no
//   no        ▲              becomes           ▼
//   8? ──yes──┘                                Y
//   no
//   Y
import { type BranchNode, isLeaf, type TreeNode, type TreeSource } from './tree-source.ts';

export const mergeEqualities = (source: TreeSource): TreeSource => {
  const parents = parentCounts(source);
  const { nodes } = source;
  const merged = new Array<TreeNode>(nodes.length);
  const swallowed = new Uint8Array(nodes.length);
  for (const [index, node] of nodes.entries()) {
    merged[index] = node;
    if (isLeaf(node) || !asksEquality(node) || swallowed[index] === 1) continue;
    const members = [...membersOf(node)];
    let no = node.no;
    for (let next = nodes[no]; next && no !== index; next = nodes[no]) {
      if (isLeaf(next) || !asksEquality(next) || !isSameChain(node, next) || parents[no] !== 1) break;
      if (swallowed[no] === 1) break;
      swallowed[no] = 1;
      for (const member of membersOf(next)) members.push(member);
      no = next.no;
    }
    if (no !== node.no) merged[index] = { ...node, question: 'MEMBER', members, no };
  }
  return { ...source, nodes: merged };
};

const asksEquality = ({ question }: BranchNode): boolean => question === 'EQ' || question === 'MEMBER';

const membersOf = ({ question, threshold, members }: BranchNode): readonly number[] =>
  question === 'MEMBER' ? members : [threshold];

const isSameChain = (one: BranchNode, other: BranchNode): boolean =>
  one.feature === other.feature && one.yes === other.yes && one.missingYes === other.missingYes;

const parentCounts = ({ nodes, roots }: TreeSource): Uint32Array => {
  const counts = new Uint32Array(nodes.length);
  const count = (index: number) => {
    counts[index] = (counts[index] ?? 0) + 1;
  };
  for (const root of roots) count(root);
  for (const node of nodes) {
    if (isLeaf(node)) continue;
    count(node.yes);
    count(node.no);
  }
  return counts;
};
