// What compiler and kernel of forests agree on.

/** A node's integer: so many low bits say which slot of the codes it asks for; the rest is the rank. */
export const FORESTS_SLOT_BITS = 12;

export const aggregates = ['AVERAGE', 'SUM', 'MIN', 'MAX'] as const;
export type Aggregate = (typeof aggregates)[number];

export const postTransforms = ['NONE', 'SOFTMAX', 'LOGISTIC', 'SOFTMAX_ZERO', 'PROBIT'] as const;
export type PostTransform = (typeof postTransforms)[number];
