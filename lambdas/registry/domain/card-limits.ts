// How much a model's card may hold, in UTF-8.

export const CARD_LIMIT_BYTES = 262_144;
export const FRONT_MATTER_LIMIT_BYTES = 65_536;
