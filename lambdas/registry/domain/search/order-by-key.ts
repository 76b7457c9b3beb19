// Docs sorted by a column of doubles: a radix sort of their bits, four passes of 16, which keeps like ones in order.
const DIGIT = 0x10000;

/** @returns docs by key, ascending, like ones by doc; NaN is not among the keys */
export const orderByKey = (keys: Float64Array): Uint32Array => {
  const count = keys.length;
  const words = ascendingBits(keys);
  let docs = Uint32Array.from(keys, (_, doc) => doc);
  let next = new Uint32Array(count);
  const places = new Uint32Array(DIGIT + 1);
  for (let pass = 0; pass < 4; pass++) {
    const word = pass >>> 1;
    const shift = (pass & 1) * 16;
    places.fill(0);
    for (let at = 0; at < count; at++) {
      const digit = ((words[2 * at + word] as number) >>> shift) & 0xffff;
      places[digit + 1] = (places[digit + 1] as number) + 1;
    }
    // Where all have one digit there is nothing to sort.
    if (places.includes(count)) continue;
    for (let digit = 0; digit < DIGIT; digit++) {
      places[digit + 1] = (places[digit + 1] as number) + (places[digit] as number);
    }
    for (let at = 0; at < count; at++) {
      const doc = docs[at] as number;
      const digit = ((words[2 * doc + word] as number) >>> shift) & 0xffff;
      const place = places[digit] as number;
      next[place] = doc;
      places[digit] = place + 1;
    }
    [docs, next] = [next, docs];
  }
  return docs;
};

/** [keys × 2], low word first: bits that ascend as unsigned integers where the doubles ascend. */
const ascendingBits = (keys: Float64Array): Uint32Array => {
  const words = new Uint32Array(Float64Array.from(keys).buffer);
  for (let at = 1; at < words.length; at += 2) {
    const high = words[at] as number;
    if (high >>> 31 === 0) {
      words[at] = high ^ 0x80000000;
    } else {
      words[at] = ~high;
      words[at - 1] = ~(words[at - 1] as number);
    }
  }
  return words;
};
