import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/**
 * What a name has: addresses, an alias, or nothing, with how long it may be kept. Names that are not listed do not
 * exist; `silent` ones get no answer, `fails` ones SERVFAIL.
 */
interface Entry {
  a?: string[];
  aaaa?: string[];
  cname?: string;
  ttlSeconds?: number;
  silent?: true;
  fails?: true;
}
export type Zone = Readonly<Record<string, Entry>>;

const A = 1;
const CNAME = 5;
const AAAA = 28;
const SERVER_FAILED = 2;
const NO_SUCH_NAME = 3;
const USUAL_TTL_SECONDS = 60;

type Question = { readonly name: string; readonly type: number };

export interface StandInDns {
  /** `address:port`, as resolvers are told. */
  readonly at: string;
  close(): Promise<void>;
}

/**
 * A small DNS server over UDP on loopback. Follows aliases as a recursive server does. Asks for the zone at each question
 * where it is a function.
 */
export async function startDns(zone: Zone | ((question: Question) => Zone)): Promise<StandInDns> {
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const answer = answerTo(query, zone);
    if (answer !== null) socket.send(answer, port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    at: `127.0.0.1:${socket.address().port}`,
    async close() {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

function answerTo(query: Buffer, served: Parameters<typeof startDns>[0]): Buffer | null {
  const labels: string[] = [];
  let offset = 12;
  for (let length = query.readUInt8(offset); length > 0; length = query.readUInt8(offset)) {
    labels.push(query.toString('ascii', offset + 1, offset + 1 + length));
    offset += 1 + length;
  }
  const type = query.readUInt16BE(offset + 1);
  const question = query.subarray(12, offset + 5);
  const asked = labels.join('.').toLowerCase();
  const zone = typeof served === 'function' ? served({ name: asked, type }) : served;

  const records: Buffer[] = [];
  let name = asked;
  let entry = zone[name];
  if (entry?.silent === true) return null;
  while (entry?.cname !== undefined && records.length < 8) {
    records.push(record(name, CNAME, encodeName(entry.cname), entry.ttlSeconds));
    if (type === CNAME) break;
    name = entry.cname;
    entry = zone[name];
  }
  if (type === A)
    for (const ip of entry?.a ?? [])
      records.push(record(name, A, Buffer.from(ip.split('.').map(Number)), entry?.ttlSeconds));
  if (type === AAAA)
    for (const ip of entry?.aaaa ?? []) records.push(record(name, AAAA, fullIpv6(ip), entry?.ttlSeconds));

  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  const code = zone[asked] === undefined ? NO_SUCH_NAME : entry?.fails === true ? SERVER_FAILED : 0;
  header.writeUInt16BE(0x8180 | code, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([header, question, ...records]);
}

function record(name: string, type: number, data: Buffer, ttlSeconds = USUAL_TTL_SECONDS): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(ttlSeconds, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([encodeName(name), fixed, data]);
}

function encodeName(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}

/** Expects all eight groups. */
function fullIpv6(address: string): Buffer {
  return Buffer.from(
    address
      .split(':')
      .map((group) => group.padStart(4, '0'))
      .join(''),
    'hex',
  );
}
