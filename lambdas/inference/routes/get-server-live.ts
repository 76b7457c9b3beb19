/** GET /v2/health/live — answering is the proof. */
export const getServerLive = () => async () => ({ status: 200 as const, body: { live: true } });
