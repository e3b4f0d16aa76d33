import type { IncomingHttpHeaders } from 'node:http';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Keeps foreign web pages out: they can make a browser send requests to loopback, and can name an address of their own
 * that leads here (DNS rebinding).
 * @returns why it is refused; null when it may pass
 */
export function whyRefused({ method, path, headers }: Asked, port: number): string | null {
  const host = headers.host ?? '';
  if (!['127.0.0.1', 'localhost'].some((name) => host === `${name}:${port}`)) {
    return 'This page answers to 127.0.0.1 and localhost alone.';
  }
  const from = headers['sec-fetch-site'];
  const isOwn = from === undefined || from === 'same-origin' || from === 'none';
  if (method === 'GET') {
    // A link may lead to the page itself, and to nothing behind it.
    return isOwn || path === '/' ? null : 'Only this page itself may ask for that.';
  }
  if (method !== 'POST') return 'Only GET and POST are known here.';
  if (!isOwn || headers.origin !== `http://${host}`) return 'Only this page itself may do something here.';
  return headers['content-type'] === 'application/json' ? null : 'JSON is expected.';
}

/** Nothing from elsewhere, nothing inline, in no frame. */
export const protectiveHeaders = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;
