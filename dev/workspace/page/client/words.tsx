import type { ComponentChildren } from 'preact';
import type { AnyText } from '../../blocks/text-objects.ts';
import { showEmoji } from '../../text/emoji.ts';
import { type Piece, readPieces } from '../../text/pieces.ts';
import { nameOf, useHere } from './deeds.ts';
import { placeOfLink } from './place.ts';

/** A text object: mrkdwn formatted, plain text as it is. */
export function Words({ text }: { text: AnyText }) {
  if (text.type === 'plain_text') return <>{showEmoji(text.text)}</>;
  return <Mrkdwn text={text.text} />;
}

export function Mrkdwn({ text }: { text: string }) {
  const { screen } = useHere();
  const pieces = readPieces(text, { tz: screen.me.tz, nowAt: Date.now(), nameOf: (id) => nameOf(screen, id) });
  return <Pieces pieces={pieces} />;
}

function Pieces({ pieces }: { pieces: readonly Piece[] }) {
  return (
    <>
      {pieces.map((piece, index) => (
        <OnePiece key={index} piece={piece} />
      ))}
    </>
  );
}

function OnePiece({ piece }: { piece: Piece }) {
  switch (piece.kind) {
    case 'text':
      return <>{piece.text}</>;
    case 'bold':
      return (
        <strong>
          <Pieces pieces={piece.pieces} />
        </strong>
      );
    case 'italic':
      return (
        <em>
          <Pieces pieces={piece.pieces} />
        </em>
      );
    case 'strike':
      return (
        <s>
          <Pieces pieces={piece.pieces} />
        </s>
      );
    case 'quote':
      return (
        <blockquote>
          <Pieces pieces={piece.pieces} />
        </blockquote>
      );
    case 'code':
      return <code>{piece.text}</code>;
    case 'preformatted':
      return <Preformatted text={piece.text} />;
    case 'link':
      return <Anchor url={piece.url}>{piece.text}</Anchor>;
    case 'mention':
      return <Mention id={piece.id} text={piece.text} />;
    case 'date':
      return <Moment at={piece.at} text={piece.text} />;
    default:
      return piece satisfies never;
  }
}

/** Long lines are scrolled to, by keyboard too. */
export function Preformatted({ text }: { text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <pre tabIndex={0}>{text}</pre>
  );
}

export function Mention({ id, text }: { id: string; text: string }) {
  const { screen } = useHere();
  return <span class={id === screen.me.id ? 'mention me' : 'mention'}>{text}</span>;
}

/** The time in full and in UTC stands behind it. */
export function Moment({ at, text }: { at: number; text: string }) {
  const iso = new Date(at).toISOString();
  return (
    <time dateTime={iso} title={`${iso.slice(0, 19).replace('T', ' ')} UTC`}>
      {text}
    </time>
  );
}

/** A link into this workspace leads there; any other opens beside the page. */
export function Anchor({ url, children }: { url: string; children: ComponentChildren }) {
  const { go } = useHere();
  const place = placeOfLink(url);
  if (place !== null) {
    return (
      <a
        href={url}
        onClick={(event) => {
          event.preventDefault();
          go(place);
        }}
      >
        {children}
      </a>
    );
  }
  if (!/^(https?|mailto|tel):/.test(url)) return <>{children}</>;
  return (
    <a href={url} target="_blank" rel="noreferrer noopener">
      {children}
    </a>
  );
}
