// What the executor does not run: found while compiling, and no fault of the model.

export class Unsupported extends Error {
  /** @param reason - names the operator, and what of it */
  constructor(reason: string) {
    super(reason);
    this.name = 'Unsupported';
  }
}

/** @throws Unsupported unless it holds */
export function need(holds: unknown, reason: string): asserts holds {
  if (!holds) throw new Unsupported(reason);
}
