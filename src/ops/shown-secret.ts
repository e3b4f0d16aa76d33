import { createHash, timingSafeEqual } from 'node:crypto';

/** Does the header `Authorization` show the token: `Bearer TOKEN`, or `Basic` with it as the password of any user? */
export function showsToken(authorization: string | undefined, token: string): boolean {
  const [, scheme = '', given = ''] = /^(bearer|basic) +(\S+)$/i.exec(authorization ?? '') ?? [];
  const decoded = Buffer.from(given, 'base64').toString('utf8');
  const shown = scheme.toLowerCase() === 'basic' ? decoded.slice(decoded.indexOf(':') + 1) : given;
  return isSecret(shown, token) && scheme !== '';
}

/** Takes the same time for every wrong one, whatever its length. */
export function isSecret(shown: string, secret: string): boolean {
  return timingSafeEqual(digest(shown), digest(secret));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
