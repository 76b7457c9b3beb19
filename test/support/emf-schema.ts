// The embedded metric format's JSON schema as AWS publishes it, and what its text says beyond the schema.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
import { expect } from 'vitest';
import * as z from 'zod';

const schema = {
  type: 'object',
  title: 'Root Node',
  required: ['_aws'],
  properties: {
    _aws: {
      type: 'object',
      title: 'Metadata',
      required: ['Timestamp', 'CloudWatchMetrics'],
      properties: {
        Timestamp: { type: 'integer', title: 'The Timestamp Schema' },
        CloudWatchMetrics: {
          type: 'array',
          title: 'MetricDirectives',
          items: {
            type: 'object',
            title: 'MetricDirective',
            required: ['Namespace', 'Dimensions', 'Metrics'],
            properties: {
              Namespace: { type: 'string', pattern: '^(.*)$', minLength: 1, maxLength: 255 },
              Dimensions: {
                type: 'array',
                minItems: 1,
                items: {
                  type: 'array',
                  title: 'DimensionSet',
                  minItems: 0,
                  maxItems: 30,
                  items: {
                    type: 'string',
                    title: 'DimensionReference',
                    pattern: '^(.*)$',
                    minLength: 1,
                    maxLength: 250,
                  },
                },
              },
              Metrics: {
                type: 'array',
                title: 'MetricDefinitions',
                minItems: 1,
                items: {
                  type: 'object',
                  title: 'MetricDefinition',
                  required: ['Name'],
                  properties: {
                    Name: { type: 'string', title: 'MetricName', pattern: '^(.*)$', minLength: 1, maxLength: 1024 },
                    Unit: { type: 'string', title: 'MetricUnit' },
                    StorageResolution: { type: 'integer', title: 'StorageResolution' },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
} as const;

const document = z.fromJSONSchema(schema as unknown as Parameters<typeof z.fromJSONSchema>[0]);
const metadata = z.object({
  _aws: z.object({
    Timestamp: z.number(),
    CloudWatchMetrics: z.array(
      z.object({
        Namespace: z.string(),
        Dimensions: z.array(z.array(z.string())),
        Metrics: z.array(z.object({ Name: z.string() })).max(100),
      }),
    ),
  }),
});

export interface EmbeddedMetrics {
  readonly namespace: string;
  /** Of the one set there is: name → value. */
  readonly dimensions: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, number>>;
}

/** @param line - an object of a log line @returns what CloudWatch would make of it; fails where it would refuse it */
export const embeddedMetrics = (line: unknown): EmbeddedMetrics => {
  expect(() => document.parse(line)).not.toThrow();
  const { CloudWatchMetrics } = metadata.parse(line)._aws;
  expect(CloudWatchMetrics).toHaveLength(1);
  const [directive] = CloudWatchMetrics;
  if (!directive) throw new Error('a line with metadata must have a directive');
  const members = z.record(z.string(), z.unknown()).parse(line);
  const dimensions = (directive.Dimensions[0] ?? []).map(
    // "the value of a dimension's target member must be a string", of at most 1024 characters.
    (name) => [name, z.string().min(1).max(1024).parse(members[name])] as const,
  );
  const metrics = directive.Metrics.map(({ Name }) => [Name, z.number().parse(members[Name])] as const);
  expect(new Set(metrics.map(([name]) => name)).size).toBe(metrics.length);
  return {
    namespace: directive.Namespace,
    dimensions: Object.fromEntries(dimensions),
    metrics: Object.fromEntries(metrics),
  };
};
