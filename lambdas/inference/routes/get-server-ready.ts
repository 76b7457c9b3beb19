/** GET /v2/health/ready — a function has no warm-up of its own: who answers can call models. */
export const getServerReady = () => async () => ({ status: 200 as const, body: { live: true, ready: true } });
