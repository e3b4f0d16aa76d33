import type { ComponentChildren } from 'preact';
import { Avatar } from './avatar.tsx';
import { titleOf } from './channel.tsx';
import { useHere } from './deeds.ts';
import { Menu } from './menu.tsx';
import { homeRoom, stageSide } from './place.ts';
import { type Scheme, schemes } from './scheme.ts';
import type { Seeing } from './seen.ts';
import { stageWords } from './stage-words.ts';

interface SidebarProps {
  readonly seeing: Seeing;
  readonly scheme: Scheme;
  readonly onScheme: (scheme: Scheme) => void;
}

/** Whom one acts as, where one can go, and what may be broken. */
export function Sidebar({ seeing, scheme, onScheme }: SidebarProps) {
  const { screen, place, go } = useHere();
  const { me, people, channels, app, stage } = screen;
  return (
    <nav class="sidebar" aria-label="Workspace">
      <div class="sidebar-head">
        <strong>{screen.team}</strong>
        <span class="quiet">on this machine alone</span>
      </div>
      <Menu
        className="whoami"
        label="Act as"
        hasWords
        action="whoami"
        items={people
          .filter(({ isBot }) => !isBot)
          .map(({ id, name, realName }) => ({
            id,
            label: realName,
            hint: `@${name}`,
            isChecked: id === me.id,
          }))}
        onChoose={(user) => go({ user })}
      >
        <Avatar person={me} isSmall />
        <span>
          <span class="hidden">You act as </span>
          {me.realName}
          <span class="quiet"> @{me.name}</span>
        </span>
        <span aria-hidden="true">▾</span>
      </Menu>
      {stage && (
        <button
          type="button"
          class={`stage-button ${stage.state.kind}`}
          aria-pressed={place.side === stageSide}
          data-action="stage"
          onClick={() => go({ side: place.side === stageSide ? null : stageSide })}
        >
          <strong>Break something</strong>
          <span>{stageWords(stage.state.kind)}</span>
        </button>
      )}
      <h2>Channels</h2>
      <ul>
        {channels
          .filter(({ kind }) => kind !== 'im')
          .map((channel) => (
            <Entry
              key={channel.id}
              isHere={place.room === channel.id}
              unread={seeing.unread(channel)}
              onGo={() => go({ room: channel.id, side: sideOnLeaving(place.side) })}
            >
              {titleOf(channel, app.name)}
            </Entry>
          ))}
      </ul>
      <h2>Apps</h2>
      <ul>
        {app.hasHome && (
          <Entry
            isHere={place.room === homeRoom}
            unread={{ count: 0, mentions: 0 }}
            onGo={() => go({ room: homeRoom, side: sideOnLeaving(place.side) })}
          >
            <Avatar person={people.find(({ isBot }) => isBot)} isSmall /> {app.name}
          </Entry>
        )}
        {channels
          .filter(({ kind, messages }) => kind === 'im' && messages.length > 0)
          .map((channel) => (
            <Entry
              key={channel.id}
              isHere={place.room === channel.id}
              unread={seeing.unread(channel)}
              onGo={() => go({ room: channel.id, side: sideOnLeaving(place.side) })}
            >
              Messages of {app.name}
            </Entry>
          ))}
      </ul>
      <div class="sidebar-foot">
        {!app.isConnected && <p role="status">{app.name} is not connected.</p>}
        <Menu
          className="scheme"
          label="Light or dark"
          hasWords
          action="scheme"
          items={schemes.map(({ id, name }) => ({ id, label: name, isChecked: id === scheme }))}
          onChoose={(id) => onScheme(schemes.find((one) => one.id === id)?.id ?? 'auto')}
        >
          <span class="hidden">Light or dark: </span>
          <span aria-hidden="true">◐</span> {schemes.find(({ id }) => id === scheme)?.name}
        </Menu>
      </div>
    </nav>
  );
}

/** A thread stays with its channel; the stage stays. */
function sideOnLeaving(side: string | null): string | null {
  return side === stageSide ? side : null;
}

interface EntryProps {
  readonly isHere: boolean;
  readonly unread: { readonly count: number; readonly mentions: number };
  readonly onGo: () => void;
  readonly children: ComponentChildren;
}

function Entry({ isHere, unread, onGo, children }: EntryProps) {
  return (
    <li>
      <button
        type="button"
        class={unread.count > 0 ? 'entry unread' : 'entry'}
        aria-current={isHere ? 'page' : undefined}
        onClick={onGo}
      >
        <span class="entry-name">{children}</span>
        {unread.mentions > 0 && <span class="count">{unread.mentions}</span>}
        {unread.count > 0 && <span class="hidden">, {unread.count} unread</span>}
      </button>
    </li>
  );
}
