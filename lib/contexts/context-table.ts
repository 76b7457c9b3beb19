// The one table of a context: `aimass-<stage>-<context>`.
import type { Construct } from 'constructs';
import type { Stage } from '../config/read-stage.ts';
import { ServiceTable } from '../constructs/service-table.ts';
import { removalPolicy, resourceName } from './surroundings.ts';

export const makeContextTable = (scope: Construct, stage: Stage, context: string): ServiceTable =>
  new ServiceTable(scope, 'Table', {
    tableName: resourceName(stage, context),
    removalPolicy: removalPolicy(stage),
    deletionProtection: stage.config.deletionProtection,
  });
