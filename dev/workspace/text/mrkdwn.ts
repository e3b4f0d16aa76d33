import { showEmoji } from './emoji.ts';
import { mentionName, type Names, type Piece, readPieces } from './pieces.ts';
import { bold, type Reader } from './reader.ts';

/** Slack's mrkdwn as a person reads it on a terminal. Code keeps its backticks, so that it can still be told from prose. */
export function readMrkdwn(mrkdwn: string, reader: Reader): string {
  return asText(readPieces(mrkdwn, reader), reader).replace(/^\n|\n$/g, '');
}

/** What nobody formats: plain_text objects. */
export function readPlain(text: string): string {
  return showEmoji(text);
}

/** Everybody and everything that a text would ping: `@channel`, `@ana`, `@on-call`. */
export function pingsIn(mrkdwn: string, names: Names): string[] {
  const references = mrkdwn.match(/<(?:@[UW]|!)[^>]*>/g) ?? [];
  return references.flatMap((reference) => {
    const [inner = ''] = reference.slice(1, -1).split('|');
    if (inner.startsWith('!date')) return [];
    return [mentionName(inner, undefined, names) ?? inner];
  });
}

function asText(pieces: readonly Piece[], reader: Reader): string {
  return pieces.map((piece) => pieceAsText(piece, reader)).join('');
}

function pieceAsText(piece: Piece, reader: Reader): string {
  switch (piece.kind) {
    case 'bold':
      return bold(asText(piece.pieces, reader), reader);
    case 'italic':
    case 'strike':
      return asText(piece.pieces, reader);
    case 'quote':
      return `${asText(piece.pieces, reader).replaceAll(/^/gm, '> ')}\n`;
    case 'code':
      return `\`${piece.text}\``;
    case 'preformatted':
      return `\n${piece.text.replaceAll(/^/gm, '  ')}\n`;
    case 'text':
    case 'link':
    case 'mention':
    case 'date':
      return piece.text;
  }
}
