import { kindOf } from './document.ts';

/** A rule in nft's own words, from what `nft -j` printed; for people, never parsed again. */
export function ruleText(expr: readonly unknown[], comment: string | undefined): string {
  const words = expr.map(statementText).filter((text) => text !== '');
  return [...words, ...(comment === undefined ? [] : [`comment "${comment}"`])].join(' ');
}

/** An element of a set, or of a map as `key : value`, without its timeout and counters. */
export function elementText(json: unknown): string {
  return Array.isArray(json) ? json.map(mapSide).join(' : ') : valueText(json);
}

function statementText(json: unknown): string {
  const thing = kindOf(json);
  if (thing === null) return raw(json);
  const { kind } = thing;
  const body = record(thing.body);
  switch (kind) {
    case 'match':
      return [valueText(body.left), sign(body.op), valueText(body.right)].filter((part) => part !== '').join(' ');
    case 'counter':
      return 'counter';
    case 'limit':
      return `limit rate ${body.inv === true ? 'over ' : ''}${raw(body.rate)}/${raw(body.per)}`;
    case 'log':
      return typeof body.prefix === 'string' ? `log prefix "${body.prefix}"` : 'log';
    case 'reject':
      return [
        'reject',
        ...(body.type === undefined ? [] : ['with', raw(body.type)]),
        ...(body.expr === undefined ? [] : [raw(body.expr)]),
      ].join(' ');
    case 'jump':
    case 'goto':
      return `${kind} ${raw(body.target)}`;
    case 'vmap':
      return `${valueText(body.key)} vmap ${valueText(body.data)}`;
    case 'mangle':
      return `${valueText(body.key)} set ${valueText(body.value)}`;
    case 'dnat':
    case 'snat':
    case 'redirect':
    case 'masquerade':
      return translationText(kind, body);
    case 'set':
      return `${raw(body.op)} ${raw(body.set)} { ${valueText(body.elem)} }`;
    case 'xt':
      return `xt ${raw(body.type)} ${raw(body.name)}`;
    case 'quota':
      return `quota ${body.inv === true ? 'over ' : ''}${raw(body.val)} ${raw(body.val_unit)}`;
    case 'ct count':
      return `ct count ${body.inv === true ? 'over ' : ''}${raw(body.val)}`;
    default:
      return thing.body === null ? kind : `${kind} ${raw(thing.body)}`;
  }
}

function sign(op: unknown): string {
  return op === '==' || op === 'in' ? '' : raw(op);
}

function translationText(kind: string, body: Readonly<Record<string, unknown>>): string {
  const address = body.addr === undefined ? '' : valueText(body.addr);
  const port = body.port === undefined ? '' : `:${valueText(body.port)}`;
  return address + port === ''
    ? kind
    : `${kind} to ${address.includes(':') && port !== '' ? `[${address}]` : address}${port}`;
}

function valueText(json: unknown): string {
  if (typeof json === 'string' || typeof json === 'number') return String(json);
  if (typeof json === 'boolean') return json ? 'exists' : 'missing';
  if (Array.isArray(json)) return json.map(valueText).join(',');
  const thing = kindOf(json);
  if (thing === null) return raw(json);
  const { kind } = thing;
  const list = Array.isArray(thing.body) ? thing.body : [thing.body];
  const body = record(thing.body);
  switch (kind) {
    case 'payload':
      return body.base === undefined
        ? `${raw(body.protocol)} ${raw(body.field)}`
        : `@${raw(body.base)},${raw(body.offset)},${raw(body.len)}`;
    case 'meta':
      return bareMeta.has(raw(body.key)) ? raw(body.key) : `meta ${raw(body.key)}`;
    case 'ct':
      return ['ct', ...(body.dir === undefined ? [] : [raw(body.dir)]), raw(body.key)].join(' ');
    case 'fib':
      return `fib ${[body.flags].flat().map(raw).join(' . ')} ${raw(body.result)}`;
    case 'prefix':
      return `${valueText(body.addr)}/${raw(body.len)}`;
    case 'range':
      return list.map(valueText).join('-');
    case 'concat':
      return list.map(valueText).join(' . ');
    case 'set':
      return `{ ${list.map(elementText).join(', ')} }`;
    case 'elem':
      return valueText(body.val);
    case 'map':
      return `${valueText(body.key)} map ${valueText(body.data)}`;
    case 'numgen':
      return `numgen ${raw(body.mode)} mod ${raw(body.mod)}`;
    case '&':
    case '|':
    case '^':
    case '<<':
    case '>>':
      return list.map(valueText).join(` ${kind} `);
    default:
      return raw(json);
  }
}

/** nft itself writes these without `meta`. */
const bareMeta = new Set(['iif', 'oif', 'iifname', 'oifname', 'iifgroup', 'oifgroup', 'mark']);

/** A key, or a verdict such as `jump there`. */
function mapSide(json: unknown): string {
  const kind = kindOf(json)?.kind ?? '';
  return verdicts.has(kind) ? statementText(json) : valueText(json);
}

const verdicts = new Set(['accept', 'drop', 'continue', 'return', 'jump', 'goto']);

function record(json: unknown): Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? { ...json } : {};
}

function raw(json: unknown): string {
  return typeof json === 'string' ? json : (JSON.stringify(json) ?? '');
}
