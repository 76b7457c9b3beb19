// A promise that is waited for no longer than so many milliseconds. What it brings later is dropped.

class TooLate extends Error {
  override readonly name = 'TooLate';
}

/** @throws TooLate, or what the promise rejects with */
export const within = async <T>(promise: Promise<T>, ms: number): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooLate(`nothing came within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
};
