import { z } from 'zod';

/** An entry of `changes.aws`: one account in one region. `file` resolves names of files, `url` takes an http(s) URL. */
export function awsSettings(kinds: {
  readonly file: z.ZodType<string, string>;
  readonly url: z.ZodType<string, string>;
}) {
  const { file, url } = kinds;
  const credentials = z
    .strictObject({
      profile: z
        .string()
        .regex(/^[^\s\]]+$/)
        .nullable()
        .default(null),
      roleArn: z.string().regex(ROLE_ARN).nullable().default(null),
      externalId: z.string().min(2).max(1224).nullable().default(null),
      webIdentityTokenFile: file.nullable().default(null),
    })
    .refine(({ externalId, roleArn }) => externalId === null || roleArn !== null, { path: ['externalId'] })
    .refine(
      ({ webIdentityTokenFile, roleArn, profile, externalId }) =>
        webIdentityTokenFile === null || (roleArn !== null && profile === null && externalId === null),
      { path: ['webIdentityTokenFile'] },
    );
  return z.strictObject({
    name: z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$/),
    region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/),
    /** Empty: all. */
    clusters: list(z.string()),
    credentials: z.preprocess((value) => value ?? {}, credentials),
    endpointUrl: url.nullable().default(null),
    eksCluster: z
      .string()
      .regex(/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,99}$/)
      .nullable()
      .default(null),
    hostedZoneIds: list(z.string().regex(/^Z[A-Z0-9]{1,31}$/)),
    loadBalancerArns: list(z.string().regex(BALANCER_ARN)),
  });
}

function list<T extends z.ZodType>(item: T) {
  return z.preprocess((value) => value ?? [], z.array(item));
}

const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/\S+$/;

/** Of a load balancer of any kind; a classic one's ends in its name alone. */
const BALANCER_ARN = /^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:\d{12}:loadbalancer\/\S+$/;
