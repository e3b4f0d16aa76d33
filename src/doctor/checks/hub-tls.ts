import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { readTextFile } from '../../config/text-file.ts';
import { certificateOf, certificatesIn } from '../certificates.ts';
import type { DoctorCheck, Situation } from '../check.ts';
import { type Finding, failed, notChecked, ok, warning } from '../finding.ts';
import { ownAddress } from '../own-address.ts';

const CERTIFICATE = 'hub.tls.cert';
const dayMs = 24 * 60 * 60_000;
const soonMs = 21 * dayMs;

/** Will agents take the certificate that the hub shows them? */
export const hubTls: DoctorCheck = {
  id: 'hub-tls',
  title: 'TLS of the hub',
  withinMs: 10_000,
  async run(situation, signal) {
    const { hub } = situation.settings;
    const url =
      hub.url === null
        ? [
            warning(
              'hub.url',
              'it is not set: enrolment files name no bot',
              'set it, or APIDOWN_BOT_URL for every agent',
            ),
          ]
        : [];
    if (hub.tls === null) {
      const words = hub.allowPlain
        ? 'something in front of the bot ends TLS'
        : 'only this machine can dial in, without TLS';
      return [...url, ok('hub.tls', words)];
    }
    const text = await readTextFile(hub.tls.cert);
    const certificate = text.kind === 'text' ? certificateOf(text.content) : null;
    if (certificate === null) {
      return [...url, notChecked(CERTIFICATE, 'it can’t be read', 'see the configuration above')];
    }
    const served = await isServed(situation, certificate, signal);
    return [
      ...url,
      inForce(situation, certificate),
      name(situation, certificate),
      ...(await authority(situation, certificate)),
      ...served,
    ];
  },
};

function inForce({ clock }: Situation, certificate: X509Certificate): Finding {
  const now = clock.now();
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  const mend = 'put a new certificate there, and start the bot anew';
  if (now < from)
    return failed(
      CERTIFICATE,
      `it is not valid before ${new Date(from).toISOString()}`,
      'look at the clock of this machine, or wait',
    );
  if (now > to) return failed(CERTIFICATE, `it expired at ${new Date(to).toISOString()}: no agent can connect`, mend);
  const days = Math.floor((to - now) / dayMs);
  const words = `valid for ${days} more ${days === 1 ? 'day' : 'days'}`;
  return to - now < soonMs ? warning(CERTIFICATE, words, mend) : ok(CERTIFICATE, words);
}

function name({ settings }: Situation, certificate: X509Certificate): Finding {
  const { url } = settings.hub;
  const about = 'the name in hub.tls.cert';
  if (url === null) return notChecked(about, 'hub.url is not set');
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  const fits = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host);
  if (fits !== undefined) return ok(about, `it is for ${host}`);
  const words = `it is not for ${host}, which agents dial by hub.url, but for ${certificate.subjectAltName ?? certificate.subject}`;
  return failed(about, words, `make a certificate for ${host}, or set hub.url to a name that it is for`);
}

async function authority({ settings }: Situation, certificate: X509Certificate): Promise<readonly Finding[]> {
  const file = settings.hub.tls?.ca ?? null;
  if (file === null) return [];
  const text = await readTextFile(file);
  const trusted = text.kind === 'text' ? certificateOf(text.content) : null;
  if (trusted === null) return [];
  const about = 'hub.tls.ca';
  const chains = certificate.checkIssued(trusted) || certificate.fingerprint256 === trusted.fingerprint256;
  const chained = text.kind === 'text' && certificatesIn(text.content).some((each) => certificate.checkIssued(each));
  if (chains || chained) return [ok(about, 'it issued hub.tls.cert')];
  const words = `it is ${trusted.subject.replaceAll('\n', ', ')}, but hub.tls.cert was issued by ${certificate.issuer.replaceAll('\n', ', ')}`;
  return [
    failed(
      about,
      `${words}: agents enrolled with it refuse the bot`,
      'name the authority that issued the certificate, or make another certificate by it',
    ),
  ];
}

/** A bot reads the files when it starts: one that runs may show an older certificate. */
async function isServed(
  { settings }: Situation,
  certificate: X509Certificate,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { host, port } = settings.hub.listen;
  if (port === 0) return [];
  const shown = await servedAt(ownAddress(host), port, AbortSignal.any([signal, AbortSignal.timeout(3_000)]));
  const about = `what the hub shows on port ${port}`;
  if (shown === null) return [];
  if (shown === certificate.fingerprint256) return [ok(about, 'the certificate of hub.tls.cert')];
  return [warning(about, 'another certificate than stands in hub.tls.cert', 'start the bot anew')];
}

/** null: nobody, or nothing with TLS. */
function servedAt(host: string, port: number, signal: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    // It is only looked at: nothing is sent, and nothing trusted.
    const socket = connect({ host, port, rejectUnauthorized: false });
    const settle = (fingerprint: string | null): void => {
      socket.destroy();
      resolve(fingerprint);
    };
    signal.addEventListener('abort', () => settle(null), { once: true });
    socket.once('error', () => settle(null));
    socket.once('secureConnect', () => settle(socket.getPeerCertificate().fingerprint256 ?? null));
  });
}
