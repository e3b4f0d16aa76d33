import { tameLine, tameLines, tameSentence } from '../briefing/tame.ts';

/**
 * Text made safe for Slack's mrkdwn. Everything that comes from a cluster, a cloud or a person passes
 * through one of these on its way into a block; `max` bounds the result in characters.
 */

/** A sentence or two. Control characters spelled out, nothing pings, addresses stay addresses. */
export function prose(text: string, max: number): string {
  return cutMrkdwn(guardAddresses(escapeMrkdwn(tameSentence(text, max))), max);
}

/** The same for what a person wrote in several lines. */
export function proseLines(text: string, max: number): string {
  return cutMrkdwn(guardAddresses(escapeMrkdwn(tameLines(text.trim(), max))), max);
}

/** A name, an address, a URL: set in code, so that it can be copied and holds no markup. */
export function code(name: string, max = 120): string {
  const inside = cutMrkdwn(escapeMrkdwn(tameLine(name, max - 2)).replaceAll('`', 'ˋ'), max - 2);
  return inside.trim() === '' ? '' : `\`${inside}\``;
}

/** Several lines as they were printed, or a command to copy. */
export function codeBlock(text: string, max: number): string {
  const inside = cutMrkdwn(escapeMrkdwn(tameLines(text, max - 8)).replaceAll('```', 'ˋˋˋ'), max - 8);
  return `\`\`\`\n${inside}\n\`\`\``;
}

/** For `plain_text` and for `text`, which need no escaping but the same taming. */
export function plain(text: string, max: number): string {
  return tameSentence(text, max);
}

/** Can this be the address of a `<…|…>`? What would end the link early does not stand in the address of an issue. */
export function isLinkable(url: string): boolean {
  return /^https?:\/\/[^\s<>|]+$/.test(url);
}

/** Source: docs.slack.dev/messaging/formatting-message-text#escaping */
function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** What somebody typed, from the form in which Slack hands it over. */
export function unescapeMrkdwn(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

/** At most `max` characters, never cut inside an entity or a `<…>`, and no code left open. */
export function cutMrkdwn(text: string, max: number): string {
  if (text.length <= max) return text;
  const room = Math.max(0, max - 2);
  const head = text
    .slice(0, room)
    .replace(/&[a-z]{0,4}$/, '')
    .replace(/<[^>]*$/, '')
    .replace(/[\ud800-\udbff]$/, '');
  const open = (head.match(/`/g) ?? []).length % 2 === 1;
  return `${head}${open ? '`' : ''}…`;
}

/** IPv6 such as 2001:db8:100:1::5 would show an emoji for `:100:`; in code it does not. */
function guardAddresses(escaped: string): string {
  return escaped.replaceAll(
    /(?<![`\w:.])\[?(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F.]*\]?(?:(?<=\]):\d+)?(?![\w`])/g,
    (candidate) =>
      candidate.includes('::') || (candidate.match(/:/g) ?? []).length >= 5 ? `\`${candidate}\`` : candidate,
  );
}
