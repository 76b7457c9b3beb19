// Ratings and reviews, answers to them, and reports of abuse.
import { defineRoutes } from '../../shared/platform/route.ts';

export const reviewRoutes = defineRoutes({});
