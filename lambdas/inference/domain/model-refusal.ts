// The runtime's own "no" to a model or its inputs, in words fit for callers.

/** Thrown by a runtime when the model cannot be loaded or fails on its inputs; anything else it throws is ours. */
export class ModelRefusal extends Error {
  constructor(message: string) {
    super(describeRefusal(message));
    this.name = 'ModelRefusal';
  }
}

const MAX_CHARACTERS = 500;

/** The runtime names its source files and our paths: those go; what is left is one bounded line. */
export const describeRefusal = (message: string): string => {
  const line = message
    .replace(/(^|[\s"'(=])\/\S*/g, '$1…')
    .replace(/\p{C}+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const text = line === '' ? 'the runtime gave no reason' : line;
  return text.length <= MAX_CHARACTERS ? text : `${text.slice(0, MAX_CHARACTERS - 1)}…`;
};
