/** Where this machine dials what listens on `host`: on all addresses means on loopback too. */
export function ownAddress(host: string): string {
  return { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
}
