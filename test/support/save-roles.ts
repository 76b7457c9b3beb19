// What is deployed in a cloud, as the privilege check reads it: the templates, and what each resource in them became.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { stacks } from '../../local/deploy.ts';
import { clientConfig } from '../../local/ministack.ts';
import type { LocalState } from '../../local/state.ts';
import { DEPLOYED_FILE, deployed } from '../../tools/privilege/resolve.ts';

/** Writes it into the state's folder, while the cloud runs. */
export const saveRoles = async (state: LocalState): Promise<void> => {
  const client = new CloudFormationClient(clientConfig({ port: state.emulatorPort }));
  const entries = await Promise.all(
    stacks.map(async (stack) => {
      const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName: stack }));
      const ids = StackResources.flatMap(({ LogicalResourceId: id, PhysicalResourceId: physical }) =>
        id && physical ? [[id, physical] as const] : [],
      );
      const file = join(state.deployFolder, 'cdk.out', `${stack}.template.json`);
      return { stack, template: JSON.parse(readFileSync(file, 'utf8')) as unknown, ids: Object.fromEntries(ids) };
    }),
  );
  const all = deployed.parse({
    templates: Object.fromEntries(entries.map(({ stack, template }) => [stack, template])),
    physicalIds: Object.fromEntries(entries.map(({ stack, ids }) => [stack, ids])),
  });
  writeFileSync(join(state.folder, DEPLOYED_FILE), JSON.stringify(all));
};
