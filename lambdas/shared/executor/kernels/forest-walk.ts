// From a row's codes to the leaf of each tree. A node is one integer, `rank << 12 | slot`; the row goes left when the
// code in that slot is at most the rank, and the sign bit of `rank − code` says so without a branch. Four walks go in
// step, so that the processor need not wait for one load at a time.
import { FORESTS_SLOT_BITS } from '../forest-form.ts';

const SHIFT = FORESTS_SLOT_BITS;
const MASK = (1 << FORESTS_SLOT_BITS) - 1;

/**
 * Forests whose trees are all filled up to one depth: node i of a tree has its children at 2i + 1 and 2i + 2, and what
 * is below the last level of nodes are the leaves.
 * @param keys - [trees × (2^depth − 1)]
 * @param codes - of one row
 * @param leaves - [trees], written: tree · 2^depth + place among the tree's leaves
 */
export const walkFilled = (
  keys: Int32Array,
  depth: number,
  treeCount: number,
  codes: Int32Array,
  leaves: Int32Array,
): void => {
  const nodeCount = (1 << depth) - 1;
  const leafCount = 1 << depth;
  let tree = 0;
  let a = 0;
  for (; tree + 4 <= treeCount; tree += 4, a += 4 * nodeCount) {
    const b = a + nodeCount;
    const c = b + nodeCount;
    const d = c + nodeCount;
    let i = 0;
    let j = 0;
    let k = 0;
    let l = 0;
    for (let level = 0; level < depth; level++) {
      const m = keys[a + i] as number;
      const n = keys[b + j] as number;
      const o = keys[c + k] as number;
      const p = keys[d + l] as number;
      i = 2 * i + 1 + (((m >> SHIFT) - (codes[m & MASK] as number)) >>> 31);
      j = 2 * j + 1 + (((n >> SHIFT) - (codes[n & MASK] as number)) >>> 31);
      k = 2 * k + 1 + (((o >> SHIFT) - (codes[o & MASK] as number)) >>> 31);
      l = 2 * l + 1 + (((p >> SHIFT) - (codes[p & MASK] as number)) >>> 31);
    }
    const leaf = tree * leafCount - nodeCount;
    leaves[tree] = leaf + i;
    leaves[tree + 1] = leaf + leafCount + j;
    leaves[tree + 2] = leaf + 2 * leafCount + k;
    leaves[tree + 3] = leaf + 3 * leafCount + l;
  }
  for (; tree < treeCount; tree++, a += nodeCount) {
    let i = 0;
    for (let level = 0; level < depth; level++) {
      const m = keys[a + i] as number;
      i = 2 * i + 1 + (((m >> SHIFT) - (codes[m & MASK] as number)) >>> 31);
    }
    leaves[tree] = tree * leafCount - nodeCount + i;
  }
};

/**
 * The same for one tree and many rows.
 * @param codes - [rows × slots]
 * @param leaves - [rows], written
 */
export const walkFilledRows = (
  keys: Int32Array,
  depth: number,
  tree: number,
  codes: Int32Array,
  slots: number,
  rows: number,
  leaves: Int32Array,
): void => {
  const nodeCount = (1 << depth) - 1;
  const start = tree * nodeCount;
  const leaf = tree * (1 << depth) - nodeCount;
  let row = 0;
  let a = 0;
  for (; row + 4 <= rows; row += 4, a += 4 * slots) {
    const b = a + slots;
    const c = b + slots;
    const d = c + slots;
    let i = 0;
    let j = 0;
    let k = 0;
    let l = 0;
    for (let level = 0; level < depth; level++) {
      const m = keys[start + i] as number;
      const n = keys[start + j] as number;
      const o = keys[start + k] as number;
      const p = keys[start + l] as number;
      i = 2 * i + 1 + (((m >> SHIFT) - (codes[a + (m & MASK)] as number)) >>> 31);
      j = 2 * j + 1 + (((n >> SHIFT) - (codes[b + (n & MASK)] as number)) >>> 31);
      k = 2 * k + 1 + (((o >> SHIFT) - (codes[c + (o & MASK)] as number)) >>> 31);
      l = 2 * l + 1 + (((p >> SHIFT) - (codes[d + (p & MASK)] as number)) >>> 31);
    }
    leaves[row] = leaf + i;
    leaves[row + 1] = leaf + j;
    leaves[row + 2] = leaf + k;
    leaves[row + 3] = leaf + l;
  }
  for (; row < rows; row++, a += slots) {
    let i = 0;
    for (let level = 0; level < depth; level++) {
      const m = keys[start + i] as number;
      i = 2 * i + 1 + (((m >> SHIFT) - (codes[a + (m & MASK)] as number)) >>> 31);
    }
    leaves[row] = leaf + i;
  }
};

/**
 * Forests of any shape: node i has its children in `children[2i]` and `children[2i + 1]`, always higher than i unless it
 * is a leaf, which is its own child: walks in step go on until all have come to rest.
 * @param roots - [trees]
 * @param leaves - [trees], written: the leaf node's index less `firstLeaf`
 */
export const walkGrown = (
  keys: Int32Array,
  children: Int32Array,
  roots: Int32Array,
  firstLeaf: number,
  codes: Int32Array,
  leaves: Int32Array,
): void => {
  const treeCount = roots.length;
  let tree = 0;
  for (; tree + 4 <= treeCount; tree += 4) {
    let i = roots[tree] as number;
    let j = roots[tree + 1] as number;
    let k = roots[tree + 2] as number;
    let l = roots[tree + 3] as number;
    while (i < firstLeaf || j < firstLeaf || k < firstLeaf || l < firstLeaf) {
      const m = keys[i] as number;
      const n = keys[j] as number;
      const o = keys[k] as number;
      const p = keys[l] as number;
      i = children[2 * i + (((m >> SHIFT) - (codes[m & MASK] as number)) >>> 31)] as number;
      j = children[2 * j + (((n >> SHIFT) - (codes[n & MASK] as number)) >>> 31)] as number;
      k = children[2 * k + (((o >> SHIFT) - (codes[o & MASK] as number)) >>> 31)] as number;
      l = children[2 * l + (((p >> SHIFT) - (codes[p & MASK] as number)) >>> 31)] as number;
    }
    leaves[tree] = i - firstLeaf;
    leaves[tree + 1] = j - firstLeaf;
    leaves[tree + 2] = k - firstLeaf;
    leaves[tree + 3] = l - firstLeaf;
  }
  for (; tree < treeCount; tree++) {
    let i = roots[tree] as number;
    while (i < firstLeaf) {
      const m = keys[i] as number;
      i = children[2 * i + (((m >> SHIFT) - (codes[m & MASK] as number)) >>> 31)] as number;
    }
    leaves[tree] = i - firstLeaf;
  }
};

/** The same for one tree and many rows. @param codes - [rows × slots] @param leaves - [rows], written */
export const walkGrownRows = (
  keys: Int32Array,
  children: Int32Array,
  root: number,
  firstLeaf: number,
  codes: Int32Array,
  slots: number,
  rows: number,
  leaves: Int32Array,
): void => {
  let row = 0;
  let a = 0;
  for (; row + 2 <= rows; row += 2, a += 2 * slots) {
    const b = a + slots;
    let i = root;
    let j = root;
    while (i < firstLeaf || j < firstLeaf) {
      const m = keys[i] as number;
      const n = keys[j] as number;
      i = children[2 * i + (((m >> SHIFT) - (codes[a + (m & MASK)] as number)) >>> 31)] as number;
      j = children[2 * j + (((n >> SHIFT) - (codes[b + (n & MASK)] as number)) >>> 31)] as number;
    }
    leaves[row] = i - firstLeaf;
    leaves[row + 1] = j - firstLeaf;
  }
  for (; row < rows; row++, a += slots) {
    let i = root;
    while (i < firstLeaf) {
      const m = keys[i] as number;
      i = children[2 * i + (((m >> SHIFT) - (codes[a + (m & MASK)] as number)) >>> 31)] as number;
    }
    leaves[row] = i - firstLeaf;
  }
};
