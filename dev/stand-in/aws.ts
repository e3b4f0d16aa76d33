import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

/** Answers for all of AWS on loopback: what it is told to hold as state, and CloudTrail's records. */
export interface AwsStandIn {
  readonly url: string;
  /** Every request, as `ec2:DescribeInstances`, with the region that it was signed for. */
  readonly asked: {
    /** Of whose credentials it was signed with. */
    readonly key: string;
    readonly action: string;
    readonly region: string;
    readonly at: number;
    readonly params: URLSearchParams;
  }[];
  /** What each action answers: the inside of its XML, or JSON. One that is not here answers with nothing in it. */
  readonly answers: Map<string, Answer>;
  /** What befalls an action; `*`: every one. */
  readonly faults: Map<string, Fault>;
  /** CloudTrail records; newest first are handed out, 50 a page. */
  records: CloudTrailRecord[];
  close(): Promise<void>;
}

type Answer = string | ((params: URLSearchParams) => string);

export type Fault =
  | { readonly kind: 'error'; readonly code: string; readonly status?: number; readonly times?: number }
  | { readonly kind: 'silent' }
  | { readonly kind: 'garbage' };

/** The parts of a record that tests vary; others are put beside them. */
export interface CloudTrailRecord {
  readonly eventID: string;
  readonly eventName: string;
  readonly eventSource: string;
  /** ISO 8601 */
  readonly eventTime: string;
  readonly awsRegion?: string;
  readonly errorCode?: string;
  readonly userIdentity?: unknown;
  readonly requestParameters?: unknown;
  readonly responseElements?: unknown;
  /** Instead of the record's JSON. */
  readonly raw?: string;
}

/** @param state where everything but CloudTrail is asked on; left out, it answers for itself */
export async function startAwsStandIn(state?: string): Promise<AwsStandIn> {
  const asked: AwsStandIn['asked'] = [];
  const answers: AwsStandIn['answers'] = new Map();
  const faults: AwsStandIn['faults'] = new Map();
  const standIn: Omit<AwsStandIn, 'url' | 'close'> = { asked, answers, faults, records: [] };
  const server = createServer((request, response) => {
    answer(standIn, request, response, state).catch((error: unknown) =>
      response.destroy(new Error('stand-in', { cause: error })),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return Object.assign(standIn, {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  });
}

async function answer(
  standIn: Omit<AwsStandIn, 'url' | 'close'>,
  request: IncomingMessage,
  response: ServerResponse,
  state: string | undefined,
) {
  const body = await text(request);
  const url = new URL(request.url ?? '/', 'http://stand-in');
  // A web identity's token is shown without a signature.
  const [, key = '', region = '', service = 'sts'] =
    /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\//.exec(request.headers.authorization ?? '') ?? [];
  const target = request.headers['x-amz-target'];
  const params = service === 'cloudtrail' ? new URLSearchParams() : new URLSearchParams(body || url.search);
  const action = `${service}:${actionOf(service, typeof target === 'string' ? target : '', params)}`;
  standIn.asked.push({ action, key, region, at: Date.now(), params });

  const fault = standIn.faults.get(action) ?? standIn.faults.get('*');
  if (fault?.kind === 'silent') return;
  if (fault?.kind === 'garbage') {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html><p>this is a proxy</html');
    return;
  }
  if (fault?.kind === 'error') {
    const left = fault.times ?? Number.POSITIVE_INFINITY;
    // Of every action alike where it befalls all of them.
    const key = standIn.faults.has(action) ? action : '*';
    if (left > 1) standIn.faults.set(key, { ...fault, times: left - 1 });
    else standIn.faults.delete(key);
    refuse(response, service, fault);
    return;
  }
  if (service === 'cloudtrail') {
    json(
      response,
      lookup(
        standIn.records.filter(({ awsRegion }) => (awsRegion ?? region) === region),
        JSON.parse(body),
      ),
    );
    return;
  }
  if (state !== undefined) {
    await passOn(state, request, body, response);
    return;
  }
  const held = standIn.answers.get(action) ?? '';
  const inside = typeof held === 'string' ? held : held(params);
  if (service === 'eks') {
    if (inside === '') refuse(response, service, { code: 'ResourceNotFoundException', status: 404 });
    else json(response, JSON.parse(inside));
    return;
  }
  const name = action.split(':')[1];
  const wrapped = service === 'ec2' || service === 'route53' ? inside : `<${name}Result>${inside}</${name}Result>`;
  const root = service === 'route53' ? 'ListResourceRecordSetsResponse' : `${name}Response`;
  response.writeHead(200, { 'content-type': 'text/xml' }).end(`<?xml version="1.0"?><${root}>${wrapped}</${root}>`);
}

async function passOn(
  state: string,
  { method = 'GET', url = '/', headers }: IncomingMessage,
  body: string,
  response: ServerResponse,
) {
  const { authorization = '', 'content-type': type, 'x-amz-target': target } = headers;
  const kept = { authorization, ...(type === undefined ? {} : { 'content-type': type }) };
  const answered = await fetch(new URL(url, state), {
    method,
    headers: typeof target === 'string' ? { ...kept, 'x-amz-target': target } : kept,
    ...(body === '' ? {} : { body: withoutFilter(body) }),
  });
  response
    .writeHead(answered.status, { 'content-type': answered.headers.get('content-type') ?? 'text/xml' })
    .end(await answered.text());
}

/** moto answers 500 where it does not know a filter; without it there is more than was asked for. */
function withoutFilter(body: string): string {
  if (!/Filter\.1\.Name=(association\.public-ip|ipv6-addresses\.ipv6-address)/.test(body)) return body;
  const params = new URLSearchParams(body);
  for (const key of [...params.keys()]) if (key.startsWith('Filter.')) params.delete(key);
  return params.toString();
}

function actionOf(service: string, target: string, params: URLSearchParams): string {
  switch (service) {
    case 'cloudtrail':
      return target.split('.').at(-1) ?? '';
    case 'eks':
      return 'DescribeCluster';
    case 'route53':
      return 'ListResourceRecordSets';
    default:
      return params.get('Action') ?? '';
  }
}

function refuse(response: ServerResponse, service: string, { code, status = 400 }: { code: string; status?: number }) {
  const message = 'User: arn:aws:iam::123456789012:user/apidown with AKIASECRETSECRET is not welcome';
  switch (service) {
    case 'cloudtrail':
    case 'eks':
      response
        .writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': code })
        .end(JSON.stringify({ __type: code, message }));
      return;
    case 'ec2':
      response
        .writeHead(status, { 'content-type': 'text/xml' })
        .end(
          `<?xml version="1.0"?><Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>r</RequestID></Response>`,
        );
      return;
    default:
      response
        .writeHead(status, { 'content-type': 'text/xml' })
        .end(
          `<?xml version="1.0"?><ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
        );
  }
}

function json(response: ServerResponse, body: unknown) {
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
}

interface Lookup {
  readonly StartTime: number;
  readonly EndTime: number;
  readonly MaxResults: number;
  readonly NextToken?: string;
  readonly LookupAttributes: readonly { readonly AttributeKey: string; readonly AttributeValue: string }[];
}

/** By one attribute and a stretch, newest first. Source: CloudTrail LookupEvents. */
function lookup(records: readonly CloudTrailRecord[], asked: Lookup) {
  const [attribute] = asked.LookupAttributes;
  const found = records
    .filter(({ eventTime }) => {
      const at = Date.parse(eventTime) / 1000;
      return at >= asked.StartTime && at <= asked.EndTime;
    })
    .filter(({ eventSource }) => attribute?.AttributeKey !== 'EventSource' || eventSource === attribute.AttributeValue)
    .toSorted((a, b) => Date.parse(b.eventTime) - Date.parse(a.eventTime));
  const from = Number(asked.NextToken ?? 0);
  const page = found.slice(from, from + asked.MaxResults);
  const goesOn = from + asked.MaxResults < found.length;
  return {
    Events: page.map(({ raw, ...record }) => ({
      EventId: record.eventID,
      EventName: record.eventName,
      EventSource: record.eventSource,
      EventTime: Date.parse(record.eventTime) / 1000,
      ReadOnly: 'false',
      Resources: [],
      CloudTrailEvent: raw ?? JSON.stringify({ eventVersion: '1.09', ...record }),
    })),
    ...(goesOn ? { NextToken: String(from + asked.MaxResults) } : {}),
  };
}

/** `{ a: 'x', b: [..] }` as XML; lists by `item` for EC2 and by `member` for the others. */
export function xml(value: unknown, item: 'item' | 'member' = 'item'): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map((one) => `<${item}>${xml(one, item)}</${item}>`).join('');
  if (typeof value === 'object') {
    return Object.entries(value)
      .filter(([, inside]) => inside !== undefined && inside !== null)
      .map(([key, inside]) => `<${key}>${xml(inside, item)}</${key}>`)
      .join('');
  }
  return String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
