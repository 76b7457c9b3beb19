// Progress on the terminal: one line a step, with the seconds since the start.
const startedAt = performance.now();

export const say = (line: string): void => {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(6);
  process.stdout.write(`${seconds} s  ${line}\n`);
};

/** Says that a long step goes on until it ends. */
export const sayWhile = async <T>(line: string, work: () => Promise<T>): Promise<T> => {
  say(line);
  const timer = setInterval(() => say(`… ${line}`), 15_000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
};
