import { z } from 'zod';
import { type Asked, answered, failed } from './asked.ts';
import type { Moment, SeenProcess, SeenProxy, SeenServer, Sight } from './sight.ts';

/** Source: HAProxy's management guide, 9.1 (the columns of the statistics) and 9.3 (`show info`, `show servers state`). */

type Proxies = Record<string, SeenProxy>;
type Statistics = Pick<Sight, 'proxies' | 'oldest' | 'taken'>;

/** `show stat`, or the page's `;csv`: the same form. `readAt`: when it was asked for. Epoch ms. */
export function readStat(text: string, readAt: number): Asked<Statistics> {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const head = lines[0]?.replace(/^# /, '').split(',') ?? [];
  if (!head.includes('pxname') || !head.includes('svname') || !head.includes('status'))
    return failed(
      'malformed',
      'what came is no statistics in CSV; is it the stats socket, or a URL that ends in ";csv"?',
    );
  const proxies: Proxies = {};
  let oldest: Moment | null = null;
  let taken = 0;
  for (const [index, line] of lines.slice(1).entries()) {
    const cells = cellsOf(line);
    const row = Row.safeParse(Object.fromEntries(head.map((name, column) => [name, cells[column] ?? ''])));
    // A cut answer must not look like servers that were removed.
    if (!row.success || cells.length < head.length - 1)
      return failed('malformed', `line ${index + 2} of its statistics can't be read`);
    const { lastchg, type, stot } = row.data;
    addRow(proxies, row.data, readAt);
    if (type === 0) taken += stot ?? 0;
    const since = lastchg === null || lastchg < 0 ? null : ago(lastchg, readAt);
    if (since !== null && since.earliestAt < (oldest?.earliestAt ?? Number.POSITIVE_INFINITY)) oldest = since;
  }
  if (Object.keys(proxies).length === 0) return failed('malformed', 'its statistics hold no frontend and no backend');
  return answered({ proxies, oldest, taken });
}

const whole = z
  .string()
  .regex(/^-?\d+$/)
  .transform(Number);
const wholeOrNone = z.union([whole, z.literal('').transform(() => null)]).default(null);
const text = z.string().default('');

const Row = z.object({
  pxname: z.string().min(1).max(500),
  svname: z.string().min(1).max(500),
  status: z.string().min(1).max(100),
  /** 0 frontend, 1 backend, 2 server, 3 listener. */
  type: whole,
  stot: wholeOrNone,
  lastchg: wholeOrNone,
  chkdown: wholeOrNone,
  check_status: text,
  last_chk: text,
  addr: text,
});

function addRow(proxies: Proxies, row: z.infer<typeof Row>, readAt: number): void {
  const known = Object.hasOwn(proxies, row.pxname) ? proxies[row.pxname] : undefined;
  const proxy: SeenProxy = known ?? { frontend: null, listeners: [], isBackend: false, servers: {} };
  switch (row.type) {
    case 0:
      proxy.frontend = row.status;
      break;
    case 1:
      proxy.isBackend = true;
      break;
    case 2:
      proxy.servers[row.svname] = serverOf(row, readAt);
      break;
    case 3:
      if (row.addr !== '') proxy.listeners.push(row.addr);
      break;
  }
  proxies[row.pxname] = proxy;
}

function serverOf(
  { status, lastchg, chkdown, check_status, last_chk, addr }: z.infer<typeof Row>,
  readAt: number,
): SeenServer {
  const check = check_status.replace(/^\* /, '');
  return {
    status,
    check: check === '' ? null : check.slice(0, 40),
    checkWords: last_chk.slice(0, 200),
    timesDown: chkdown,
    since: lastchg === null || lastchg < 0 ? null : ago(lastchg, readAt),
    ...placeIn(addr),
  };
}

/** Its seconds are whole, of two moments that both were cut: the truth lies up to a second to either side. */
function ago(seconds: number, readAt: number): Moment {
  return { earliestAt: readAt - (seconds + 1) * 1000, latestAt: Math.min(readAt, readAt - (seconds - 1) * 1000) };
}

/** `10.0.0.1:6443`, `[fd00::1]:6443`; `unix` has none. */
export function placeIn(addr: string): Pick<SeenServer, 'address' | 'port'> {
  const found = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+)):(\d{1,5})$/i.exec(addr);
  if (found === null) return { address: null, port: null };
  return { address: found[1] ?? found[2] ?? null, port: Number(found[3]) };
}

/** Quotes stand around cells that hold commas or quotes. */
function cellsOf(line: string): readonly string[] {
  if (!line.includes('"')) return line.split(',');
  return Array.from(line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g), ([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
  );
}

/** Which process answers, and how long it runs. */
export function readInfo(said: string, readAt: number): Asked<SeenProcess> {
  const fields = said.split('\n').map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const info = Info.safeParse(Object.fromEntries(fields));
  if (!info.success)
    return failed('malformed', 'its "show info" can\'t be read: is this the stats socket of a HAProxy?');
  const { Pid: pid, Uptime_sec: uptimeSeconds, Start_time_sec: startSeconds } = info.data;
  return answered({ pid, startSeconds, uptimeSeconds, started: ago(uptimeSeconds, readAt) });
}

const Info = z.object({
  Name: z.string().min(1),
  Pid: wholeOrNone,
  Uptime_sec: whole,
  Start_time_sec: wholeOrNone,
});

/** Addresses by `backend/server`: unlike the statistics it tells them at every level of access. */
export function readServersState(said: string): Asked<ReadonlyMap<string, Pick<SeenServer, 'address' | 'port'>>> {
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  const head =
    lines
      .find((line) => line.startsWith('# '))
      ?.slice(2)
      .split(' ') ?? [];
  const at = (name: string) => head.indexOf(name);
  const columns = [at('be_name'), at('srv_name'), at('srv_addr'), at('srv_port')] as const;
  if (columns.includes(-1)) return failed('malformed', 'its "show servers state" can\'t be read');
  const [backend, server, addr, port] = columns;
  const places = lines.slice(lines.findIndex((line) => line.startsWith('# ')) + 1).map((line) => {
    const cells = line.split(' ');
    const address = cells[addr] ?? '-';
    return [
      `${cells[backend]}/${cells[server]}`,
      {
        address: address === '-' ? null : address,
        port: /^\d{1,5}$/.test(cells[port] ?? '') ? Number(cells[port]) : null,
      },
    ] as const;
  });
  return answered(new Map(places));
}
