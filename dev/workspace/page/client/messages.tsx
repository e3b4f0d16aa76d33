import type { Message } from '../../conversations.ts';
import { formatDate } from '../../text/dates.ts';
import { type Note, useHere } from './deeds.ts';
import { useFollowing } from './following.ts';
import { MessageView } from './message.tsx';

interface MessagesProps {
  readonly label: string;
  /** What stands in the list, oldest first. */
  readonly messages: readonly Message[];
  /** Those that hang on them. */
  readonly replies: readonly Message[];
  readonly notes: readonly Note[];
  /** The newest that this person had seen before they came; null when they had seen all. */
  readonly seenUpTo: string | null;
  readonly isThread: boolean;
  readonly empty: string;
}

/** Follows what comes, while nobody has scrolled away from it. */
export function Messages({ label, messages, replies, notes, seenUpTo, isThread, empty }: MessagesProps) {
  const { screen } = useHere();
  const newest = `${messages.at(-1)?.ts} ${notes.length}`;
  const { list, isBehind, onScroll, toNewest } = useFollowing(newest);
  const day = (at: number) => {
    const words = formatDate(at, '{date_long_pretty}', { tz: screen.me.tz, nowAt: Date.now() });
    return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
  };
  return (
    <div class="messages-room">
      <div
        class="messages"
        ref={list}
        role="log"
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
        tabIndex={0}
        onScroll={onScroll}
      >
        <div class="messages-content">
          {messages.length === 0 && <p class="empty">{empty}</p>}
          {messages.map((message, index) => {
            const before = messages[index - 1];
            const isNewDay = before === undefined || day(before.postedAt) !== day(message.postedAt);
            const isFirstNew = isFirstUnseen(message, before, seenUpTo, screen.me.id);
            return (
              <div key={message.ts}>
                {isNewDay && !isThread && <p class="day">{day(message.postedAt)}</p>}
                {isFirstNew && <p class="new">New</p>}
                <MessageView
                  message={message}
                  replies={replies.filter(({ threadTs }) => threadTs === message.ts)}
                  isFollowing={!isNewDay && !isFirstNew && isFollowing(message, before)}
                  isInThread={isThread}
                />
              </div>
            );
          })}
          {notes.map((note) => (
            <article class="message ephemeral note" key={note.at} aria-label="Slackbot">
              <span class="avatar bot" aria-hidden="true">
                S
              </span>
              <div class="message-body">
                <p class="only-you">◉ Only visible to you</p>
                <header>
                  <span class="author">Slackbot</span>
                </header>
                <p>{note.words}</p>
              </div>
            </article>
          ))}
        </div>
      </div>
      {isBehind && (
        <button type="button" class="button primary behind" onClick={toNewest}>
          ↓ New messages
        </button>
      )}
    </div>
  );
}

const closeMs = 5 * 60_000;

function isFollowing(message: Message, before: Message | undefined): boolean {
  return (
    before !== undefined &&
    before.userId === message.userId &&
    before.ephemeralTo === null &&
    message.ephemeralTo === null &&
    message.postedAt - before.postedAt < closeMs
  );
}

function isFirstUnseen(message: Message, before: Message | undefined, seenUpTo: string | null, me: string): boolean {
  if (seenUpTo === null || message.ts <= seenUpTo || message.userId === me) return false;
  return before === undefined || before.ts <= seenUpTo;
}
