// What a fresh environment does for its first search: reads the index, searches it, reads the page from the table.
import { dynamoDirectory } from '../../lambdas/registry/adapters/dynamo-directory.ts';
import { registryS3 } from '../../lambdas/registry/adapters/s3-client.ts';
import { s3SearchReader } from '../../lambdas/registry/adapters/s3-search-index.ts';
import { searchIndex } from '../../lambdas/registry/search-index.ts';
import { documentClient } from '../../lambdas/shared/platform/aws.ts';
import { answerSearch } from './answer-search.ts';

export const handler = async ({ query }: { readonly query: string }) =>
  JSON.parse(
    await answerSearch({
      models: {
        walk: () => {
          throw new Error('there is an index');
        },
      },
      directory: dynamoDirectory(documentClient(), 'registry'),
      index: searchIndex(s3SearchReader(registryS3(), 'search'), Date.now),
    })(query),
  );
