// Ports that die at one of their calls, as a process does: before it was sent, or after it was done and before its answer
// came. Whatever is called later fails, too.

export interface Death {
  /** How many calls live. */
  readonly afterCalls: number;
  /** Whether the call that dies is done. */
  readonly done: boolean;
}

type Ports = Readonly<Record<string, unknown>>;

/** @returns the same ports, and whether anything died by now */
export const dying = <P extends Ports>(ports: P, { afterCalls, done }: Death): { ports: P; died: () => boolean } => {
  let left = afterCalls;
  let dead = false;
  const mortal =
    (call: (...args: unknown[]) => unknown) =>
    async (...args: unknown[]): Promise<unknown> => {
      if (dead) throw new Error('dead');
      dead = left-- === 0;
      if (dead && !done) throw new Error('killed');
      const result = await call(...args);
      if (dead) throw new Error('killed');
      return result;
    };
  const wrapped = Object.entries(ports).map(([name, port]) => {
    if (typeof port !== 'object' || port === null) return [name, port];
    const calls = Object.entries(port).map(([call, method]) => [
      call,
      typeof method === 'function' ? mortal((...args) => method.apply(port, args)) : method,
    ]);
    return [name, Object.fromEntries(calls)];
  });
  return { ports: Object.fromEntries(wrapped) as P, died: () => dead };
};

/** Kills at every call in turn, once before it is sent and once after it is done, until a run lives to its end. */
export const killedAtEachCall = async (
  run: (death: Death) => Promise<boolean>,
): Promise<{ readonly deathCount: number }> => {
  let deathCount = 0;
  for (const done of [false, true]) {
    for (let afterCalls = 0; await run({ afterCalls, done }); afterCalls++) deathCount++;
  }
  return { deathCount };
};
