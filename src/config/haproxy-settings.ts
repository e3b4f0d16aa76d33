import { z } from 'zod';
import { basicAuth, isWholeLogin } from './basic-auth.ts';

/**
 * One HAProxy in front of an API server, of `changes.haproxy`. `file`: the name of a file, made absolute. What is
 * expected of each key stands in `expected.ts`.
 */
export function haproxySettings(file: z.ZodType<string, string>) {
  const name = z.string().regex(/^[\w.-]{1,100}$/);
  const names = z.preprocess((value) => value ?? [], z.array(z.string().regex(PROXY_NAME)));
  return (
    z
      .strictObject({
        name,
        clusters: z.preprocess((value) => value ?? [], z.array(z.string().min(1))),
        socket: socketOf(file).nullable().default(null),
        url: statsUrl.nullable().default(null),
        ...basicAuth(file),
        caFile: file.nullable().default(null),
        backends: names,
        frontends: names,
        configFile: file.nullable().default(null),
      })
      // One way to ask it, and a password only with a name.
      .refine(({ socket, url }) => (socket === null) !== (url === null), { path: ['socket'] })
      .refine(isWholeLogin, { path: ['passwordFile'] })
      .refine(({ username, url }) => username === null || url !== null, { path: ['username'] })
  );
}

/** What HAProxy takes for a name. Source: its configuration manual, 2.1. */
const PROXY_NAME = /^[A-Za-z0-9_.:-]{1,200}$/;

/** A path, or `host:port`: what has a slash is a path. */
function socketOf(file: z.ZodType<string, string>) {
  const tcp = z
    .string()
    .regex(/^([^:[\]\s/]+|\[[0-9a-f:.]+\]):\d{1,5}$/i)
    .transform((text, context) => {
      const colon = text.lastIndexOf(':');
      const port = Number(text.slice(colon + 1));
      if (port >= 1 && port <= 65_535) return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port };
      context.addIssue({ code: 'custom', input: text });
      return z.NEVER;
    });
  const path = z
    .string()
    .regex(/\//)
    .pipe(file)
    .transform((name) => ({ path: name }));
  return z.union([tcp, path]);
}

/** Its statistics in CSV are what the page's own URL ends in `;csv` for. */
const statsUrl = z
  .url({ protocol: /^https?$/ })
  .refine((text) => URL.canParse(text) && new URL(text).username === '')
  .transform((text) => (text.endsWith(';csv') ? text : `${text.replace(/;[^/]*$/, '')};csv`));
