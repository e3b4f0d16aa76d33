import type { Detail } from '../../words/evidence.ts';
import { Phase, type ProbePath, type ProbeResult, type ServedCertificate } from '../../words/probe.ts';

/** One folded line for one probe: which way, and how far it came in which time. */
export function probeDetail(result: ProbeResult): Detail {
  const { target, address, failure, httpStatus, tookMs } = result;
  const at = address === null || address === target.host ? '' : ` at ${address}`;
  const spent = Phase.options.flatMap((phase) => {
    const ms = result.phases[phase];
    return ms === undefined ? [] : [`${phase} ${ms} ms`];
  });
  const phases = spent.length === 0 ? '' : ` (${spent.join(', ')})`;
  const outcome =
    failure === null
      ? `${result.good ? 'good' : 'answers, identity unproven'}: HTTP ${httpStatus} in ${Math.round(tookMs)} ms`
      : failure.message;
  return { label: `${PATH_WORDS[target.path]} ${placeOf(result)}${at}`, value: `${outcome}${phases}` };
}

/** One folded line for each certificate that was served. */
export function certificateDetails(results: readonly ProbeResult[], nowAt: number): Detail[] {
  const served = new Map<string, ServedCertificate>();
  for (const { certificate } of results) if (certificate !== null) served.set(certificate.fingerprint256, certificate);
  return Array.from(served.values(), (certificate) => ({
    label: `certificate ${certificate.subject}`,
    value: [
      `issued by ${certificate.issuer}`,
      `for ${certificate.names.length === 0 ? 'no name' : certificate.names.join(', ')}`,
      validityWords(certificate, nowAt),
      `sha256 ${certificate.fingerprint256.slice(0, 23)}…`,
    ].join('; '),
  }));
}

/** `valid until 2026-05-09 07:29 UTC (200 days left)` */
export function validityWords({ notAfterAt }: ServedCertificate, nowAt: number): string {
  const until = `${new Date(notAfterAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const hours = Math.floor((notAfterAt - nowAt) / 3_600_000);
  if (hours < 0) return `expired since ${until}`;
  return `valid until ${until} (${hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`} left)`;
}

/** `api.example.com:6443`, IPv6 in brackets. */
export function placeOf({ target: { host, port } }: Pick<ProbeResult, 'target'>): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

export const PATH_WORDS: Readonly<Record<ProbePath, string>> = {
  endpoint: 'the endpoint',
  'cluster-info': 'the endpoint of cluster-info',
  'kubeadm-config': 'the endpoint of kubeadm-config',
  'service-ip': "the Service's address",
  'service-dns': "the Service's name",
  'api-server-address': 'the API server itself at',
  loopback: 'over loopback',
};
