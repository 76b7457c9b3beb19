// Two sorted walks as one, without doubles; reads no further than it is asked.
interface Named {
  readonly name: string;
}

/** @param descending - how both walks are sorted. Of two with one name, the second walk's is told */
export async function* mergeByName<T extends Named>(
  first: AsyncIterable<T>,
  second: AsyncIterable<T>,
  descending: boolean,
): AsyncIterable<T> {
  const walks = [first[Symbol.asyncIterator](), second[Symbol.asyncIterator]()] as const;
  let [a, b] = await Promise.all([walks[0].next(), walks[1].next()]);
  try {
    while (!a.done || !b.done) {
      if (!a.done && !b.done && a.value.name === b.value.name) {
        a = await walks[0].next();
      } else if (b.done || (!a.done && a.value.name < b.value.name !== descending)) {
        if (a.done) return;
        yield a.value;
        a = await walks[0].next();
      } else {
        yield b.value;
        b = await walks[1].next();
      }
    }
  } finally {
    await Promise.all(walks.map((walk) => walk.return?.()));
  }
}
