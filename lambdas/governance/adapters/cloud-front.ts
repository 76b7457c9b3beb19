// Front on CloudFront: the header that its distribution adds to what it sends to the API.
import {
  type CloudFrontClient,
  type DistributionConfig,
  GetDistributionCommand,
  UpdateDistributionCommand,
} from '@aws-sdk/client-cloudfront';
import { ORIGIN_SECRET_HEADER } from '../../shared/platform/origin.ts';
import type { Front } from '../ports.ts';

const secretHeaders = (config: DistributionConfig | undefined) =>
  (config?.Origins?.Items ?? [])
    .flatMap(({ CustomHeaders }) => CustomHeaders?.Items ?? [])
    .filter(({ HeaderName }) => HeaderName?.toLowerCase() === ORIGIN_SECRET_HEADER);

export const cloudFront = (client: CloudFrontClient, distributionId: string): Front => {
  const look = async () => {
    const { Distribution, ETag } = await client.send(new GetDistributionCommand({ Id: distributionId }));
    const config = Distribution?.DistributionConfig;
    const headers = secretHeaders(config);
    if (!config || !headers[0]?.HeaderValue) throw new Error(`${distributionId} sends no '${ORIGIN_SECRET_HEADER}'`);
    return { config, headers, sent: headers[0].HeaderValue, settled: Distribution?.Status === 'Deployed', etag: ETag };
  };

  return {
    settledSecret: async () => {
      const { sent, settled } = await look();
      if (!settled) throw new Error(`${distributionId} still spreads an earlier change: rotate again later`);
      return sent;
    },

    send: async (value) => {
      const { config, headers, sent, etag } = await look();
      if (sent === value) return;
      for (const header of headers) header.HeaderValue = value;
      await client.send(
        new UpdateDistributionCommand({ Id: distributionId, IfMatch: etag, DistributionConfig: config }),
      );
    },
  };
};
