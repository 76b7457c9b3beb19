// Faults of AWS or the network that pass by themselves: the caller is told to come again, not that we are broken.

const transientNames = new Set([
  'InternalServerError',
  'InternalServerErrorException',
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ServiceException',
  'ServiceUnavailable',
  'SlowDown',
  'ThrottlingException',
  'TimeoutError',
  'TooManyRequestsException',
  'TransactionConflictException',
  'TransactionInProgressException',
]);
const transientCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN']);

/** Whether an AWS client gave up on something that may work a second later. */
export const isTransientFault = (thrown: unknown): boolean => {
  if (!(thrown instanceof Error)) return false;
  if (transientNames.has(thrown.name)) return true;
  if ('$fault' in thrown && thrown.$fault === 'server') return true;
  return 'code' in thrown && typeof thrown.code === 'string' && transientCodes.has(thrown.code);
};
