import type { AclEntry, GroupRule, PortRange } from '../../../packet/cloud/model.ts';

/** `tcp 6443 203.0.113.0/24 (sgr-0b2)` */
export function ruleWords({ id, protocol, ports, peer }: GroupRule): string {
  const who = peer.kind === 'cidr' ? peer.cidr : peer.id;
  return `${protocolWords(protocol)}${portWords(ports)} ${who}${id === null ? '' : ` (${id})`}`;
}

export function entryWords({ action, protocol, cidr, ports }: AclEntry): string {
  return `${action} ${protocolWords(protocol)}${portWords(ports)} ${cidr}`;
}

function protocolWords(protocol: string): string {
  return { '-1': 'everything', '6': 'tcp', '17': 'udp', '1': 'icmp' }[protocol] ?? protocol;
}

function portWords(ports: PortRange | null): string {
  if (ports === null) return '';
  return ports.from === ports.to ? ` ${ports.from}` : ` ${ports.from}-${ports.to}`;
}
