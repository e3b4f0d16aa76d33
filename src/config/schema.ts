import { resolve } from 'node:path';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { parseEndpoint } from '../words/endpoint.ts';
import { Grant } from '../words/grant.ts';
import { awsSettings } from './aws-settings.ts';
import { basicAuth, isWholeLogin } from './basic-auth.ts';
import { duration } from './duration.ts';
import { githubSettings } from './github-settings.ts';
import { haproxySettings } from './haproxy-settings.ts';
import { healthPostSettings } from './health-settings.ts';
import { IntakeSettings } from './intake-settings.ts';
import { outageSettings } from './outage-settings.ts';
import { postmortemSettings } from './postmortem-settings.ts';

/** What the file says, checked, with defaults filled in. File names are absolute. */
export type Settings = z.infer<ReturnType<typeof settingsSchema>>;
export type ClusterSettings = Settings['clusters'][string];

/** `folder`: what file names in the configuration are relative to. What is expected of each key stands in `expected.ts`. */
export function settingsSchema(folder: string) {
  const file = z
    .string()
    .min(1)
    .transform((name) => resolve(folder, name));
  const tls = z.strictObject({ cert: file, key: file, ca: file.nullable().default(null) });
  const prometheus = z
    .strictObject({
      url: httpUrl,
      tokenFile: file.nullable().default(null),
      ...basicAuth(file),
      caFile: file.nullable().default(null),
      samples: list(z.string().min(1).regex(PROMQL_SELECTOR)),
      alert: AlertName.default('KubeAPIDown'),
    })
    .refine(isWholeLogin, { path: ['passwordFile'] })
    .refine(({ tokenFile, username }) => tokenFile === null || username === null, { path: ['tokenFile'] });

  return z.strictObject({
    slack: section(
      z.strictObject({
        apiUrl: httpUrl.nullable().default(null),
        mode: SlackMode.default('socket'),
        /** For the mode `http`. */
        http: section(
          z.strictObject({
            listen: ListenAddress.prefault('127.0.0.1:3000'),
            url: httpUrl.nullable().default(null),
          }),
        ),
      }),
    ),
    hub: section(
      z.strictObject({
        listen: ListenAddress.prefault('0.0.0.0:8443'),
        tls: tls.nullable().default(null),
        allowPlain: z.boolean().default(false),
        url: httpUrl.nullable().default(null),
      }),
    ),
    store: section(z.strictObject({ file: file.prefault('./apidown.db') })),
    http: section(z.strictObject({ listen: ListenAddress.prefault('127.0.0.1:9090') })),
    outside: section(
      z.strictObject({
        vantage: z.boolean().default(true),
        /** In ms. */
        probeEvery: duration({ leastMs: 1_000, mostMs: 5 * 60_000 }).prefault('5s'),
        failuresInARow: z.number().int().min(1).max(20).default(2),
        reference: list(Place),
      }),
    ),
    clusters: section(
      z
        .record(
          z.string().regex(DNS_LABEL),
          section(
            z.strictObject({
              endpoint: Endpoint.nullable().default(null),
              caFile: file.nullable().default(null),
              channels: list(Channel),
              outages: section(outageSettings(Channel)),
              sources: list(z.string().refine(isAddressOrCidr)),
              prometheus: prometheus.nullable().default(null),
              gateways: list(
                z.strictObject({
                  namespace: z.string().regex(DNS_LABEL),
                  labels: z.record(z.string(), z.string()).refine((labels) => Object.keys(labels).length > 0),
                }),
              ),
            }),
          ),
        )
        .refine((clusters) => Object.keys(clusters).length > 0),
    ),
    alerts: section(
      z.strictObject({
        clusterLabel: z.string().regex(LABEL_NAME).default('cluster'),
        names: z.preprocess((value) => value ?? undefined, z.array(AlertName).min(1).default(['KubeAPIDown'])),
        open: Channel.nullable().default(null),
      }),
    ),
    /** Sources outside of the clusters, a list for each kind, and what other systems push. */
    changes: section(
      z.strictObject({
        intake: section(IntakeSettings),
        aws: list(awsSettings({ file, url: httpUrl })),
        github: list(githubSettings({ file, url: httpUrl, cluster: z.string().regex(DNS_LABEL) })),
        haproxy: list(haproxySettings(file)),
      }),
    ),
    health: section(
      z.strictObject({
        posts: list(healthPostSettings({ channel: Channel, cluster: z.string().regex(DNS_LABEL) })),
      }),
    ),
    postmortem: section(postmortemSettings({ file, url: httpUrl })),
    permissions: list(Grant),
  });
}

/** How Slack's requests come in: over a connection that the bot opens, or to an address that Slack calls. */
export const SlackMode = z.enum(['socket', 'http']);
export type SlackMode = z.infer<typeof SlackMode>;

/** A key whose values are all commented out is there, with nothing in it. */
function section<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => value ?? {}, schema);
}

function list<T extends z.ZodType>(item: T) {
  return z.preprocess((value) => value ?? [], z.array(item));
}

/** Source: RFC 1123, as Kubernetes uses it for names. */
const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

const Channel = z.string().regex(/^[CG][A-Z0-9]+$/);

/** A Prometheus label's name. Source: https://prometheus.io/docs/concepts/data_model/ */
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

const AlertName = z.string().min(1).max(200);

/** A metric's name, matchers, or both; no range, no function: those are put around it. */
const PROMQL_SELECTOR = /^([a-zA-Z_:][a-zA-Z0-9_:]*)?\s*(\{.+\})?$/;

/** `host:port`, IPv6 in brackets; port 0 takes any that is free. */
export const ListenAddress = z
  .string()
  .regex(/^([^:[\]\s]+|\[[0-9a-f:.]+\]):\d{1,5}$/i)
  .transform((text, context) => {
    const colon = text.lastIndexOf(':');
    const port = Number(text.slice(colon + 1));
    if (port > 65_535) {
      context.addIssue({ code: 'custom', input: text });
      return z.NEVER;
    }
    return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port };
  });
export type ListenAddress = z.infer<typeof ListenAddress>;

/** Something that takes TCP connections: `host:port`, or an https URL of it. */
const Place = z.string().transform((text, context) => {
  const url = /^https:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : null;
  const listen = url === null ? ListenAddress.safeParse(text) : null;
  if (url !== null && url.hostname !== '' && url.username === '') {
    return { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? 443 : Number(url.port) };
  }
  if (listen?.success && listen.data.port > 0) return listen.data;
  context.addIssue({ code: 'custom', input: text });
  return z.NEVER;
});

const httpUrl = z.url({ protocol: /^https?$/ }).transform((text) => text.replace(/\/+$/, ''));

const Endpoint = z.string().transform((text, context) => {
  try {
    return parseEndpoint(text, 'configuration', 0).url;
  } catch {
    context.addIssue({ code: 'custom', input: text });
    return z.NEVER;
  }
});

function isAddressOrCidr(text: string): boolean {
  // `ipaddr.isValid` takes "1" and "0x7f.1" as well.
  return ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text) || ipaddr.isValidCIDR(text);
}
