import { lexer, type Token, type Tokens } from 'marked';
import type { ComponentChildren } from 'preact';
import { Anchor, Preformatted } from './words.tsx';

/** Markdown as a person reads it. HTML inside it is shown as it is written: nothing of it becomes part of the page. */
export function Markdown({ text }: { text: string }) {
  return <div class="markdown">{tokens(lexer(text))}</div>;
}

function tokens(list: readonly Token[] | undefined): ComponentChildren {
  return (list ?? []).map((token, index) => <One key={`${index} ${token.type}`} token={token} />);
}

function One({ token }: { token: Token }) {
  if (is(token, 'space') || is(token, 'def')) return null;
  if (is(token, 'heading')) return <Heading token={token} />;
  if (is(token, 'paragraph')) return <p>{tokens(token.tokens)}</p>;
  if (is(token, 'code')) return <Preformatted text={token.text} />;
  if (is(token, 'blockquote')) return <blockquote>{tokens(token.tokens)}</blockquote>;
  if (is(token, 'hr')) return <hr />;
  if (is(token, 'br')) return <br />;
  if (is(token, 'strong')) return <strong>{tokens(token.tokens)}</strong>;
  if (is(token, 'em')) return <em>{tokens(token.tokens)}</em>;
  if (is(token, 'del')) return <s>{tokens(token.tokens)}</s>;
  if (is(token, 'codespan')) return <code>{token.text}</code>;
  if (is(token, 'link')) return <Anchor url={token.href}>{tokens(token.tokens)}</Anchor>;
  if (is(token, 'image')) return <Anchor url={token.href}>{token.text || token.href}</Anchor>;
  if (is(token, 'list')) return <List token={token} />;
  if (is(token, 'table')) return <Table token={token} />;
  if (is(token, 'text') && token.tokens) return <>{tokens(token.tokens)}</>;
  return <>{'text' in token ? String(token.text) : token.raw}</>;
}

/** Below the headings of the page itself. */
function Heading({ token }: { token: Tokens.Heading }) {
  const Level = token.depth === 1 ? 'h3' : token.depth === 2 ? 'h4' : 'h5';
  return <Level>{tokens(token.tokens)}</Level>;
}

function List({ token }: { token: Tokens.List }) {
  const items = token.items.map((item, index) => <li key={`${index}`}>{tokens(item.tokens)}</li>);
  return token.ordered ? <ol start={Number(token.start) || 1}>{items}</ol> : <ul>{items}</ul>;
}

function Table({ token }: { token: Tokens.Table }) {
  // Markdown has no table without heads: one that needs none leaves them empty.
  const hasHeads = token.header.some(({ text }) => text.trim() !== '');
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section class="table" aria-label="Table" tabIndex={0}>
      <table>
        {hasHeads && (
          <thead>
            <tr>
              {token.header.map((cell, index) => (
                <th key={`${index}`} scope="col">
                  {tokens(cell.tokens)}
                </th>
              ))}
            </tr>
          </thead>
        )}
        <tbody>
          {token.rows.map((row, index) => (
            <tr key={`${index}`}>
              {row.map((cell, column) => (
                <td key={`${column}`}>{tokens(cell.tokens)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface Kinds {
  space: Tokens.Space;
  def: Tokens.Def;
  heading: Tokens.Heading;
  paragraph: Tokens.Paragraph;
  code: Tokens.Code;
  blockquote: Tokens.Blockquote;
  hr: Tokens.Hr;
  br: Tokens.Br;
  strong: Tokens.Strong;
  em: Tokens.Em;
  del: Tokens.Del;
  codespan: Tokens.Codespan;
  link: Tokens.Link;
  image: Tokens.Image;
  list: Tokens.List;
  table: Tokens.Table;
  text: Tokens.Text;
}

function is<Kind extends keyof Kinds>(token: Token, kind: Kind): token is Kinds[Kind] & Token {
  return token.type === kind;
}
