/** GET /v2 — the server's name and what it can beyond the protocol's core. */
export const getServerMetadata = () => async () => ({
  status: 200 as const,
  body: {
    name: 'aimass',
    version: '0.1.0',
    extensions: ['binary_tensor_data', 'classification', 'model_configuration', 'statistics'],
  },
});
