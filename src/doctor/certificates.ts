import { X509Certificate } from 'node:crypto';

/** Every certificate of a PEM text; what is none is left out. */
export function certificatesIn(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return blocks.flatMap((block) => certificateOf(block) ?? []);
}

/** The first one of a PEM text; null: it is none. */
export function certificateOf(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}
