import type { Message } from '../../conversations.ts';
import { clockTime } from '../../text/dates.ts';
import { showEmoji } from '../../text/emoji.ts';
import { useActing } from './acting.ts';
import { Avatar } from './avatar.tsx';
import { Blocks } from './blocks.tsx';
import { useHere } from './deeds.ts';
import { FileView } from './files.tsx';
import { Menu } from './menu.tsx';
import { ProvideSurface } from './surface.ts';
import { Moment, Mrkdwn } from './words.tsx';

interface MessageProps {
  readonly message: Message;
  /** Its thread, oldest first; empty inside a thread. */
  readonly replies: readonly Message[];
  /** Whether the one before it is by the same person, a moment ago. */
  readonly isFollowing: boolean;
  readonly isInThread: boolean;
}

export function MessageView({ message, replies, isFollowing, isInThread }: MessageProps) {
  const { screen } = useHere();
  const { surface, failure } = useActing({
    target: () => ({ kind: 'message', channel: message.channel, ts: message.ts }),
    entered: {},
    errors: {},
  });
  const author = screen.people.find(({ id }) => id === message.userId);
  const name = author?.realName ?? message.userId;
  const classes = ['message', isFollowing ? 'following' : '', message.ephemeralTo === null ? '' : 'ephemeral'];
  return (
    <article
      class={classes.filter(Boolean).join(' ')}
      data-ts={message.ts}
      data-keeps={message.ts}
      tabIndex={-1}
      aria-label={`${name}, ${clockTime(message.postedAt, screen.me)}`}
    >
      {isFollowing ? <span class="avatar-room" /> : <Avatar person={author} />}
      <div class="message-body">
        {message.ephemeralTo !== null && <p class="only-you">◉ Only visible to you</p>}
        {message.isPinned && <p class="pinned">⚲ Pinned</p>}
        <header class={isFollowing ? 'hidden' : ''}>
          <span class="author">{name}</span>
          {author?.isBot && <span class="badge">App</span>}
          <Moment at={message.postedAt} text={clockTime(message.postedAt, screen.me)} />
        </header>
        <ProvideSurface value={surface}>
          <Content message={message} />
        </ProvideSurface>
        {failure !== null && (
          <p class="failure" role="alert">
            ⚠ {failure}
          </p>
        )}
        {message.files.map((id) => (
          <FileView key={id} id={id} />
        ))}
        <Reactions message={message} />
        {!isInThread && <Replies message={message} replies={replies} />}
      </div>
      <Toolbar message={message} isInThread={isInThread} />
    </article>
  );
}

function Content({ message }: { message: Message }) {
  if (message.isDeleted) return <p class="quiet">This message was deleted.</p>;
  if (message.blocks.length > 0) return <Blocks blocks={message.blocks} />;
  if (message.text === '') return null;
  return (
    <div class="block section">
      <div class="section-text">
        <Mrkdwn text={message.text} />
        {message.editedAt !== null && <span class="quiet"> (edited)</span>}
      </div>
    </div>
  );
}

function Reactions({ message }: { message: Message }) {
  const { screen } = useHere();
  const reactions = Object.entries(message.reactions);
  if (reactions.length === 0) return null;
  return (
    <ul class="reactions" aria-label="Reactions">
      {reactions.map(([name, users]) => (
        <li key={name} class={users.includes(screen.me.id) ? 'mine' : ''}>
          {showEmoji(`:${name}:`)} {users.length}
        </li>
      ))}
    </ul>
  );
}

function Replies({ message, replies }: { message: Message; replies: readonly Message[] }) {
  const { screen, go } = useHere();
  const last = replies.at(-1);
  if (last === undefined) return null;
  const writers = [...new Set(replies.map(({ userId }) => userId))].slice(0, 3);
  return (
    <button type="button" class="replies" data-action="thread" onClick={() => go({ side: message.ts })}>
      {writers.map((id) => (
        <Avatar key={id} person={screen.people.find((person) => person.id === id)} isSmall />
      ))}
      <strong>{replies.length === 1 ? '1 reply' : `${replies.length} replies`}</strong>
      <span class="quiet">Last one at {clockTime(last.postedAt, screen.me)}</span>
    </button>
  );
}

function Toolbar({ message, isInThread }: { message: Message; isInThread: boolean }) {
  const { screen, go, act } = useHere();
  // Slack offers neither on what only one person sees.
  if (message.ephemeralTo !== null || message.isDeleted) return null;
  const shortcuts = screen.app.shortcuts.filter(({ kind }) => kind === 'message');
  return (
    <div class="toolbar">
      {!isInThread && (
        <button type="button" data-action="reply" aria-label="Reply in thread" onClick={() => go({ side: message.ts })}>
          <span aria-hidden="true">↩</span>
        </button>
      )}
      {shortcuts.length > 0 && (
        <Menu
          label="More actions on this message"
          action="shortcuts"
          items={shortcuts.map(({ id, name }) => ({ id, label: name, hint: screen.app.name }))}
          onChoose={(shortcut) =>
            void act({ kind: 'shortcut', shortcut, message: { channel: message.channel, ts: message.ts } })
          }
        >
          <span aria-hidden="true">⋮</span>
        </Menu>
      )}
    </div>
  );
}
