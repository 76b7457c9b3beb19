// Ids of AWS's own prefix lists for S3: what a security group names to allow S3 through its gateway endpoint and
// nothing else. They differ by region and never change; `aws ec2 describe-prefix-lists` shows them.
export const s3PrefixLists = {
  'ap-northeast-1': 'pl-61a54008',
  'ap-northeast-2': 'pl-78a54011',
  'ap-south-1': 'pl-78a54011',
  'ap-southeast-1': 'pl-6fa54006',
  'ap-southeast-2': 'pl-6ca54005',
  'eu-central-1': 'pl-6ea54007',
  'eu-west-1': 'pl-6da54004',
  'sa-east-1': 'pl-6aa54003',
  'us-east-1': 'pl-63a5400a',
  'us-east-2': 'pl-7ba54012',
  'us-west-1': 'pl-6ba54002',
  'us-west-2': 'pl-68a54001',
} as const;

export type Region = keyof typeof s3PrefixLists;
export const regions = Object.keys(s3PrefixLists) as [Region, ...Region[]];
