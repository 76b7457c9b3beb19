// Sets of docs, a bit each.
export type Bits = Uint32Array<ArrayBuffer>;

export const noBits = (count: number): Bits => new Uint32Array((count + 31) >>> 5);

export const allBits = (count: number): Bits => {
  const bits = noBits(count).fill(0xffffffff);
  const rest = count & 31;
  if (rest !== 0) bits[bits.length - 1] = 2 ** rest - 1;
  return bits;
};

export const hasBit = (bits: Bits, doc: number): boolean => ((bits[doc >>> 5] as number) & (1 << (doc & 31))) !== 0;

export const setBit = (bits: Bits, doc: number): void => {
  bits[doc >>> 5] = (bits[doc >>> 5] as number) | (1 << (doc & 31));
};

export const clearBit = (bits: Bits, doc: number): void => {
  bits[doc >>> 5] = (bits[doc >>> 5] as number) & ~(1 << (doc & 31));
};

export const countBits = (bits: Bits): number => {
  let count = 0;
  for (let word = 0; word < bits.length; word++) {
    let rest = bits[word] as number;
    rest -= (rest >>> 1) & 0x55555555;
    rest = (rest & 0x33333333) + ((rest >>> 2) & 0x33333333);
    count += Math.imul((rest + (rest >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
};

/** Those that are in both, into the first. */
export const keepCommon = (bits: Bits, other: Bits): void => {
  for (let word = 0; word < bits.length; word++) bits[word] = (bits[word] as number) & (other[word] as number);
};

/** Calls with each doc, ascending. */
export const eachBit = (bits: Bits, take: (doc: number) => void): void => {
  for (let word = 0; word < bits.length; word++) {
    let rest = bits[word] as number;
    while (rest !== 0) {
      take((word << 5) + 31 - Math.clz32(rest & -rest));
      rest &= rest - 1;
    }
  }
};
