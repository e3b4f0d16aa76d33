import { onTestFinished } from 'vitest';
import { startDns } from '../../../dev/stand-in/dns.ts';

/** A stand-in DNS server that is gone when the test is. Returns `address:port`. */
export async function serveDns(zone: Parameters<typeof startDns>[0]): Promise<string> {
  const server = await startDns(zone);
  onTestFinished(server.close);
  return server.at;
}
