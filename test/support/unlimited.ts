// No limits, for tests of what has nothing to do with them.
import type { Limit } from '../../lambdas/shared/platform/caller.ts';

export const unlimited: Limit = async () => ({ headers: {}, beside: undefined });
