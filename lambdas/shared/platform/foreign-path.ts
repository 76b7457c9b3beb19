// Paths that follow a protocol of others: `/v2` the Open Inference Protocol, `/hf` the Hugging Face Hub's. Their clients
// send what we do not know and read less of HTTP than we speak, so unknown query parameters are ignored there, what does
// not fit is 400, and an error's content type is plain JSON.

/** @param path - of a route or of a request */
export const isForeignPath = (path: string): boolean => path.startsWith('/v2') || path.startsWith('/hf');
