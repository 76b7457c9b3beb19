// The firewall before CloudFront, in the region that CloudFront takes it from. It knows nothing of callers' credentials:
// it refuses what no caller of ours sends, and whoever sends too much.
import { ArnFormat, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnLoggingConfiguration, CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';

export interface WebWallProps {
  readonly name: string;
  /** Of one address in five minutes. */
  readonly requestsPerFiveMinutes: { readonly public: number; readonly all: number };
  readonly logRetentionDays: RetentionDays;
  readonly logRemovalPolicy: RemovalPolicy;
}

/** AWS's own rule groups, and those of their rules that would refuse callers of ours. */
const managedGroups: readonly { readonly name: string; readonly onlyCounted: readonly string[] }[] = [
  { name: 'AWSManagedRulesAmazonIpReputationList', onlyCounted: [] },
  {
    name: 'AWSManagedRulesKnownBadInputsRuleSet',
    // Tensors are any bytes at all, those of an attack too; no function of ours hands a body to what these protect.
    onlyCounted: ['JavaDeserializationRCE_BODY', 'Log4JRCE_BODY', 'ReactJSRCE_BODY'],
  },
  {
    name: 'AWSManagedRulesCommonRuleSet',
    onlyCounted: [
      // Over 8 KB, while a call may bring 6 MB.
      'SizeRestrictions_BODY',
      // Tensors again.
      'CrossSiteScripting_BODY',
      'EC2MetaDataSSRF_BODY',
      'GenericLFI_BODY',
      'GenericRFI_BODY',
      // Many a client library sends none.
      'NoUserAgent_HEADER',
      // `acme.log` is the name of a model, in `/v1/usage?model=acme.log` too.
      'RestrictedExtensions_URIPATH',
      'RestrictedExtensions_QUERYARGUMENTS',
      // Cursors are long, and their text means nothing.
      'SizeRestrictions_QUERYSTRING',
      'GenericLFI_QUERYARGUMENTS',
      'GenericRFI_QUERYARGUMENTS',
    ],
  },
];

const refusal = (status: number, code: string, title: string, detail: string) =>
  JSON.stringify({
    type: `/docs/errors#${code}`,
    title,
    status,
    detail,
    code,
    error: detail,
    requestId: '',
    errors: [],
  });

export class WebWall extends Construct {
  readonly webAcl: CfnWebACL;

  constructor(scope: Construct, id: string, props: WebWallProps) {
    super(scope, id);
    this.webAcl = new CfnWebACL(this, 'Resource', {
      name: props.name,
      scope: 'CLOUDFRONT',
      defaultAction: { allow: {} },
      visibilityConfig: seen(props.name),
      customResponseBodies: {
        limited: {
          contentType: 'APPLICATION_JSON',
          content: refusal(
            429,
            'rate_limited',
            'Too many calls',
            'too many requests came from this address within five minutes; wait for as long',
          ),
        },
      },
      rules: [
        rateRule('AllOfOneAddress', 0, props.requestsPerFiveMinutes.all),
        rateRule('PublicOfOneAddress', 1, props.requestsPerFiveMinutes.public, withoutCredentials),
        ...managedGroups.map((group, index) => managedRule(group, 2 + index)),
      ],
    });
    this.writeDownRefusals(props);
  }

  private writeDownRefusals({ name, logRetentionDays, logRemovalPolicy }: WebWallProps) {
    // WAF writes to groups of this prefix alone.
    const logGroupName = `aws-waf-logs-${name}`;
    const log = new LogGroup(this, 'Refused', {
      logGroupName,
      retention: logRetentionDays,
      removalPolicy: logRemovalPolicy,
    });
    const logging = new CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: this.webAcl.attrArn,
      // By its name: the group's own attribute ends in `:*`, which is no part of what WAF asks for.
      logDestinationConfigs: [
        Stack.of(this).formatArn({
          service: 'logs',
          resource: 'log-group',
          resourceName: logGroupName,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
      redactedFields: [
        { singleHeader: { Name: 'authorization' } },
        { singleHeader: { Name: 'cookie' } },
        { queryString: {} },
      ],
      loggingFilter: {
        DefaultBehavior: 'DROP',
        Filters: [
          { Behavior: 'KEEP', Requirement: 'MEETS_ANY', Conditions: [{ ActionCondition: { Action: 'BLOCK' } }] },
        ],
      },
    });
    logging.node.addDependency(log);
  }
}

const seen = (metricName: string): CfnWebACL.VisibilityConfigProperty => ({
  cloudWatchMetricsEnabled: true,
  metricName,
  // Samples hold whole requests, credentials included.
  sampledRequestsEnabled: false,
});

const withoutCredentials: CfnWebACL.StatementProperty = {
  notStatement: {
    statement: {
      sizeConstraintStatement: {
        fieldToMatch: { singleHeader: { Name: 'authorization' } },
        comparisonOperator: 'GT',
        size: 0,
        textTransformations: [{ priority: 0, type: 'NONE' }],
      },
    },
  },
};

const rateRule = (
  name: string,
  priority: number,
  limit: number,
  scopeDownStatement?: CfnWebACL.StatementProperty,
): CfnWebACL.RuleProperty => ({
  name,
  priority,
  statement: {
    rateBasedStatement: {
      limit,
      evaluationWindowSec: 300,
      aggregateKeyType: 'IP',
      ...(scopeDownStatement ? { scopeDownStatement } : {}),
    },
  },
  action: {
    block: {
      customResponse: {
        responseCode: 429,
        customResponseBodyKey: 'limited',
        responseHeaders: [{ name: 'retry-after', value: '300' }],
      },
    },
  },
  visibilityConfig: seen(name),
});

const managedRule = (
  { name, onlyCounted }: (typeof managedGroups)[number],
  priority: number,
): CfnWebACL.RuleProperty => ({
  name,
  priority,
  overrideAction: { none: {} },
  statement: {
    managedRuleGroupStatement: {
      vendorName: 'AWS',
      name,
      ruleActionOverrides: onlyCounted.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
    },
  },
  visibilityConfig: seen(name),
});
