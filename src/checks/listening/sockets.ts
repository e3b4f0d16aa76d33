import ipaddr from 'ipaddr.js';

/** A listening TCP socket as the kernel lists it. */
export interface ListeningSocket {
  /** 6 for a socket of `tcp6`, also where it takes IPv4 as well: the kernel's list doesn't tell. */
  readonly family: 4 | 6;
  /** `0.0.0.0` and `::` mean every address. */
  readonly address: string;
  readonly port: number;
  /** Connections that the kernel completed and the process has not taken yet; a process that works leaves none lying. */
  readonly queued: number;
}

/**
 * The listening sockets in the text of `/proc/net/tcp` or `/proc/net/tcp6`. Lines that don't look like sockets are
 * passed over. Source: Linux, `net/ipv4/tcp_ipv4.c` and `net/ipv6/tcp_ipv6.c`: each 32-bit word of an address is
 * printed as a number of the machine, hence the byte order.
 */
export function listeningSockets(text: string, byteOrder: 'BE' | 'LE'): ListeningSocket[] {
  return text.split('\n').flatMap((line) => {
    const [, local, , state, queues] = line.trim().split(/\s+/);
    const parts = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(local ?? '');
    if (state !== LISTEN || parts === null) return [];
    const [, hex = '', port = ''] = parts;
    return [
      {
        family: hex.length === 8 ? 4 : 6,
        address: addressOf(hex, byteOrder),
        port: Number.parseInt(port, 16),
        // `tx_queue:rx_queue`; of a listening socket the second is its accept queue.
        queued: Number.parseInt(queues?.split(':')[1] ?? '0', 16),
      },
    ];
  });
}

/** `TCP_LISTEN` of `include/net/tcp_states.h`. */
const LISTEN = '0A';

function addressOf(hex: string, byteOrder: 'BE' | 'LE'): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => {
    const inOrder = [...Buffer.from(word, 'hex')];
    return byteOrder === 'LE' ? inOrder.reverse() : inOrder;
  });
  return plainAddress(ipaddr.fromByteArray(bytes).toString());
}

/** One spelling for each address: compressed IPv6, and IPv4 where it was mapped into IPv6. Anything else stays as it is. */
export function plainAddress(address: string): string {
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : address;
}
