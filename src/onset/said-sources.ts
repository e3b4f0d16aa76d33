import ipaddr from 'ipaddr.js';

export type SaidSources =
  | { readonly kind: 'sources'; readonly sources: readonly string[]; readonly notes: readonly string[] }
  | { readonly kind: 'unclear'; readonly part: string; readonly why: string };

/** As many as an onset holds. */
const MOST = 64;

/** `203.0.113.0/24, 198.51.100.7 and 2001:db8::/48`. Pure: no name is looked up. */
export function readSources(text: string): SaidSources {
  const words = text.split(/[\s,;]+/).filter((word) => word !== '' && !/^and$/i.test(word));
  const sources = new Set<string>();
  const notes: string[] = [];
  for (const word of words) {
    const source = readSource(word);
    if (source === null) return { kind: 'unclear', part: word, why: whyNot(word) };
    if (source.moved) notes.push(`${word} was taken as ${source.text}`);
    sources.add(source.text);
  }
  if (sources.size === 0)
    return { kind: 'unclear', part: text, why: 'say addresses or ranges, such as 203.0.113.0/24' };
  if (sources.size > MOST) {
    return {
      kind: 'unclear',
      part: `${sources.size} sources`,
      why: `say at most ${MOST}, as ranges where that is possible`,
    };
  }
  return { kind: 'sources', sources: [...sources], notes };
}

/** `moved`: the range was said by an address inside of it. */
function readSource(word: string): { text: string; moved: boolean } | null {
  const bare = word.replace(/^\[(.*)\]$/, '$1');
  if (isAddress(bare)) return { text: ipaddr.process(bare).toString(), moved: false };
  const [address = '', bits, more] = bare.split('/');
  if (more !== undefined || bits === undefined || !isAddress(address) || !ipaddr.isValidCIDR(bare)) return null;
  const [parsed, prefix] = ipaddr.parseCIDR(bare);
  const network =
    parsed.kind() === 'ipv4' ? ipaddr.IPv4.networkAddressFromCIDR(bare) : ipaddr.IPv6.networkAddressFromCIDR(bare);
  return { text: `${network.toString()}/${prefix}`, moved: network.toString() !== parsed.toString() };
}

/** `ipaddr.isValid` takes "1" and "0x7f.1" as well; an interface name behind `%` means nothing elsewhere. */
function isAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || (ipaddr.IPv6.isValid(text) && !text.includes('%'));
}

function whyNot(word: string): string {
  if (/^\d{1,2}:\d{2}/.test(word)) return '"from" takes addresses; a time goes after "since"';
  if (/^(\[.*\]|[\d.]+):\d+$/.test(word)) return 'leave the port out: only the address of the clients counts';
  if (/^[\d.]+-[\d.]+$/.test(word)) return 'say a range as CIDR, such as 203.0.113.0/24';
  if (/^[\d.:/a-f]+$/i.test(word) && /[\d:]/.test(word)) {
    return 'this is neither an address nor a range; say 203.0.113.7, 203.0.113.0/24 or 2001:db8::/48';
  }
  return 'names are not looked up, since they may lead elsewhere from here: say the address or range that clients come from, such as 203.0.113.0/24';
}
