// What an alias may be called, and the one that every model has.

export const LATEST = 'latest';

export const aliasPattern = /^[a-z][a-z0-9_-]{0,63}$/;
