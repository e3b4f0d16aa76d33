import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useHere } from './deeds.ts';
import { type Hint, hintsFor } from './hints.ts';

interface ComposerProps {
  readonly channel: string;
  readonly thread: string | null;
  readonly label: string;
  readonly isArchived: boolean;
}

/** Where messages and commands are typed. Enter sends, Shift+Enter makes a line, arrows and Tab take what is offered. */
export function Composer({ channel, thread, label, isArchived }: ComposerProps) {
  const { screen, act, note } = useHere();
  const [text, setText] = useState('');
  const [caret, setCaret] = useState(0);
  const [at, setAt] = useState(0);
  const [isPutAway, setPutAway] = useState(false);
  const [isSending, setSending] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const hints = hintsFor(text.slice(0, caret), screen, thread !== null);
  const offers = isPutAway ? [] : hints.offers;

  useLayoutEffect(() => {
    const area = field.current;
    if (area === null) return;
    area.style.height = 'auto';
    area.style.height = `${Math.min(area.scrollHeight, 200)}px`;
  }, [text]);
  useLayoutEffect(() => {
    field.current?.setSelectionRange(caret, caret);
  }, [caret, text]);

  const change = (next: string, position: number) => {
    setText(next);
    setCaret(position);
    setAt(0);
    setPutAway(false);
  };
  const take = (offer: Hint) => {
    const before = text.slice(0, hints.from) + offer.insert;
    change(before + text.slice(caret).trimStart(), before.length);
    field.current?.focus();
  };
  const send = async () => {
    const words = text.trim();
    if (words === '' || isSending) return;
    setSending(true);
    change('', 0);
    const outcome = await act({ kind: 'write', channel, text: words, thread });
    setSending(false);
    field.current?.focus();
    if (outcome.kind === 'done') return;
    note({ channel, thread, words: outcome.words });
    // As in Slack, a command that went wrong can be sent again without typing it anew.
    if (words.startsWith('/')) setText((now) => (now === '' ? words : now));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    const offer = offers[at];
    if (offer !== undefined && ['ArrowDown', 'ArrowUp', 'Tab', 'Escape'].includes(event.key)) {
      event.preventDefault();
      event.stopPropagation();
      if (event.key === 'Escape') setPutAway(true);
      else if (event.key === 'Tab') take(offer);
      else setAt((at + (event.key === 'ArrowDown' ? 1 : -1) + offers.length) % offers.length);
      return;
    }
    if (event.key !== 'Enter' || event.shiftKey) return;
    event.preventDefault();
    // Enter takes a command's name or a person; once there are arguments it sends.
    if (offer !== undefined && hints.usage === null) take(offer);
    else void send();
  };

  if (isArchived) return <p class="composer-archived quiet">This channel is archived.</p>;
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {offers.length > 0 && (
        <div class="hints" role="listbox" id={`${id}-hints`} aria-label="Offers">
          {offers.map((offer, index) => (
            // biome-ignore lint/a11y/useFocusableInteractive: the text field keeps the focus and points at it
            // biome-ignore lint/a11y/useKeyWithClickEvents: keys go to the text field
            <div
              key={offer.label}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === at}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => take(offer)}
            >
              <strong>{offer.label}</strong>
              {offer.about && <span class="quiet">{offer.about}</span>}
            </div>
          ))}
        </div>
      )}
      <div class="composer-field">
        <textarea
          ref={field}
          rows={1}
          aria-label={label}
          aria-haspopup="listbox"
          aria-controls={offers.length > 0 ? `${id}-hints` : undefined}
          aria-activedescendant={offers.length > 0 ? `${id}-${at}` : undefined}
          aria-describedby={`${id}-usage`}
          aria-autocomplete="list"
          placeholder={label}
          value={text}
          data-action={thread === null ? 'composer' : 'reply-composer'}
          onInput={({ currentTarget }) => change(currentTarget.value, currentTarget.selectionStart)}
          onSelect={({ currentTarget }) => setCaret(currentTarget.selectionStart)}
          onKeyDown={onKeyDown}
        />
        <button type="submit" class="button primary send" aria-label="Send" aria-busy={isSending}>
          <span aria-hidden="true">➤</span>
        </button>
      </div>
      <p class="usage quiet" id={`${id}-usage`}>
        {isSending && text === '' ? 'Sending …' : (hints.usage ?? '')}
      </p>
    </form>
  );
}
