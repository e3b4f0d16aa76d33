import type { ChannelShown } from '../screen.ts';
import { Composer } from './composer.tsx';
import { useHere } from './deeds.ts';
import { Messages } from './messages.tsx';
import { RoomHead } from './room-head.tsx';
import { Anchor } from './words.tsx';

export function ChannelRoom({ channel, seenBefore }: { channel: ChannelShown; seenBefore: string | null }) {
  const { screen, notes } = useHere();
  const title = titleOf(channel, screen.app.name);
  const people = channel.memberCount - (channel.hasApp ? 1 : 0);
  const about = channel.kind === 'im' ? '' : `${people} people${channel.hasApp ? ` and ${screen.app.name}` : ''}`;
  const firstCommand = screen.app.commands[0]?.command ?? '/';
  return (
    <main class="room">
      <RoomHead title={title} about={about} />
      {channel.bookmarks.length > 0 && (
        <nav class="bookmarks" aria-label="Bookmarks">
          {channel.bookmarks.map(({ id, title: words, link }) => (
            <Anchor key={id} url={link}>
              {words}
            </Anchor>
          ))}
        </nav>
      )}
      <Messages
        key={`${screen.me.id} ${channel.id}`}
        label={`Messages in ${title}`}
        messages={channel.messages.filter(({ threadTs }) => threadTs === null)}
        replies={channel.messages.filter(({ threadTs }) => threadTs !== null)}
        notes={notes.filter((note) => note.channel === channel.id && note.thread === null)}
        seenUpTo={seenBefore}
        isThread={false}
        empty={channel.hasApp ? `Nothing here yet. Type ${firstCommand} to begin.` : 'Nothing here yet.'}
      />
      <Composer
        key={channel.id}
        channel={channel.id}
        thread={null}
        label={`Message ${title}`}
        isArchived={channel.isArchived}
      />
    </main>
  );
}

export function ThreadSide({ channel, ts }: { channel: ChannelShown; ts: string }) {
  const { screen, go, notes } = useHere();
  const messages = channel.messages.filter((message) => message.ts === ts || message.threadTs === ts);
  const title = titleOf(channel, screen.app.name);
  return (
    <aside class="side thread" aria-label="Thread">
      <header class="room-head">
        <h2>Thread</h2>
        <span class="quiet">{title}</span>
        <button type="button" class="quiet-button" aria-label="Close the thread" onClick={() => go({ side: null })}>
          <span aria-hidden="true">✕</span>
        </button>
      </header>
      <Messages
        key={ts}
        label={`Thread in ${title}`}
        messages={messages}
        replies={[]}
        notes={notes.filter((note) => note.channel === channel.id && note.thread === ts)}
        seenUpTo={null}
        isThread
        empty="This message is not there any more."
      />
      <Composer key={`${ts} composer`} channel={channel.id} thread={ts} label="Reply" isArchived={channel.isArchived} />
    </aside>
  );
}

export function titleOf({ kind, name }: ChannelShown, appName: string): string {
  if (kind === 'im') return appName;
  return kind === 'private' ? `🔒 ${name}` : `# ${name}`;
}
