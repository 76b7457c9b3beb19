// One origin for everything a browser or a client calls: CloudFront with the console behind `/` and the API behind its
// paths. What belongs to the API is never cached and reaches it as it came, but for `Host`.
import { Duration } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AccessLevel,
  AllowedMethods,
  CachePolicy,
  Distribution,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  type IOrigin,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  OriginSslPolicy,
  ResponseHeadersPolicy,
  type ResponseSecurityHeadersBehavior,
  SecurityPolicyProtocol,
  Function as ViewerFunction,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import type { Bucket, IBucket } from 'aws-cdk-lib/aws-s3';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { seenAs } from './seen-as.ts';
import { servePages, tellViewer } from './viewer-functions.ts';

export interface FrontProps {
  /** Begins the names of all that is made. */
  readonly name: string;
  readonly api: {
    /** `<id>.execute-api.<region>.amazonaws.com` */
    readonly domainName: string;
    /** `/v1*`: what begins so is the API's. */
    readonly pathPatterns: readonly string[];
    /** JSON with a member `current`. */
    readonly secret: ISecret;
    readonly secretHeader: string;
    readonly viewerAddressHeader: string;
    readonly viewerHostHeader: string;
  };
  readonly consoleBucket: Bucket;
  /** Takes CloudFront's access log, which is written by ACL. */
  readonly logBucket: Bucket;
  readonly webAclArn: string;
  /** What the console may call beside its own origin. */
  readonly connectOrigins: readonly string[];
  readonly domain?: { readonly name: string; readonly certificate: ICertificate };
}

const transport: ResponseSecurityHeadersBehavior = {
  strictTransportSecurity: {
    accessControlMaxAge: Duration.days(365),
    includeSubdomains: false,
    preload: false,
    override: true,
  },
  contentTypeOptions: { override: true },
};

export class Front extends Construct {
  readonly distribution: Distribution;

  constructor(scope: Construct, id: string, props: FrontProps) {
    super(scope, id);
    const { domain } = props;
    const toApi = this.apiBehavior(props);
    this.distribution = new Distribution(this, 'Resource', {
      comment: props.name,
      defaultBehavior: this.consoleBehavior(props),
      additionalBehaviors: Object.fromEntries(props.api.pathPatterns.map((pattern) => [pattern, toApi])),
      defaultRootObject: 'index.html',
      httpVersion: HttpVersion.HTTP2_AND_3,
      webAclId: props.webAclArn,
      enableLogging: true,
      logBucket: seenAs<IBucket>(props.logBucket),
      logFilePrefix: 'front/',
      logIncludesCookies: false,
      ...(domain
        ? {
            domainNames: [domain.name],
            certificate: domain.certificate,
            minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
          }
        : {}),
    });
    acknowledge(this.distribution, {
      'Annotation::@aws-cdk/aws-cloudfront-origins:listBucketSecurityRisk':
        'No path leads to the list: whatever has no dot becomes /index.html, and queries are not passed on.',
      'AwsSolutions-CFR1': 'Whom a platform sells to is its operator’s choice, not a default.',
      ...(domain
        ? {}
        : {
            'AwsSolutions-CFR4':
              'CloudFront’s own name comes with CloudFront’s own policy; a stage with a domain has TLS 1.2.',
          }),
    });
  }

  private apiBehavior({ name, api }: FrontProps) {
    return {
      origin: new HttpOrigin(api.domainName, {
        protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
        originSslProtocols: [OriginSslPolicy.TLS_V1_2],
        // The gateway gives up at 30 s and says so itself.
        readTimeout: Duration.seconds(45),
        keepaliveTimeout: Duration.seconds(30),
        customHeaders: { [api.secretHeader]: api.secret.secretValueFromJson('current').unsafeUnwrap() },
      }),
      allowedMethods: AllowedMethods.ALLOW_ALL,
      viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
      cachePolicy: CachePolicy.CACHING_DISABLED,
      originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      responseHeadersPolicy: new ResponseHeadersPolicy(this, 'ApiHeaders', {
        responseHeadersPolicyName: `${name}-api`,
        securityHeadersBehavior: transport,
      }),
      // The API codes its answers itself; another coding would break the lengths that its headers tell.
      compress: false,
      functionAssociations: [
        this.viewerFunction(
          'ViewerAddress',
          `${name}-address`,
          tellViewer({ address: api.viewerAddressHeader, host: api.viewerHostHeader }),
        ),
      ],
    };
  }

  private consoleBehavior({ name, consoleBucket, connectOrigins }: FrontProps) {
    const origin: IOrigin = S3BucketOrigin.withOriginAccessControl(seenAs<IBucket>(consoleBucket), {
      // With the right to list, S3 says of a missing file that it is missing.
      originAccessLevels: [AccessLevel.READ, AccessLevel.LIST],
    });
    return {
      origin,
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
      cachePolicy: CachePolicy.CACHING_OPTIMIZED,
      compress: true,
      responseHeadersPolicy: new ResponseHeadersPolicy(this, 'ConsoleHeaders', {
        responseHeadersPolicyName: `${name}-console`,
        securityHeadersBehavior: {
          ...transport,
          contentSecurityPolicy: { contentSecurityPolicy: consolePolicy(connectOrigins), override: true },
          frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
          referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.SAME_ORIGIN, override: true },
        },
      }),
      functionAssociations: [this.viewerFunction('Pages', `${name}-pages`, servePages)],
    };
  }

  private viewerFunction(id: string, functionName: string, code: string) {
    return {
      eventType: FunctionEventType.VIEWER_REQUEST,
      function: new ViewerFunction(this, id, {
        functionName,
        code: FunctionCode.fromInline(code),
        runtime: FunctionRuntime.JS_2_0,
      }),
    };
  }
}

const consolePolicy = (connectOrigins: readonly string[]) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self' data:",
    "manifest-src 'self'",
    `connect-src ${["'self'", ...connectOrigins].join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
