import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { ChannelRoom, ThreadSide } from './channel.tsx';
import { type Here, type Note, ProvideHere } from './deeds.ts';
import { useKeptFocus } from './focus.ts';
import { HomeRoom } from './home.tsx';
import { ModalView } from './modal.tsx';
import { homeRoom, type Place, stageSide, usePlace } from './place.ts';
import { AskDialog, type Question } from './question.tsx';
import { useScheme } from './scheme.ts';
import { useSeen } from './seen.ts';
import { sendDeed, useLive } from './server.ts';
import { Sidebar } from './sidebar.tsx';
import { StageSide } from './stage-side.tsx';

interface Asking {
  readonly question: Question;
  readonly answer: (agreed: boolean) => void;
}

const toastMs = 6000;

export function App() {
  const [place, setPlace] = usePlace();
  const { screen, isLive } = useLive(place.user);
  const [scheme, setScheme] = useScheme();
  const [notes, setNotes] = useState<readonly Note[]>([]);
  const [asking, setAsking] = useState<Asking | null>(null);
  const [toast, setToast] = useState<string | null>(null);
  const now = useRef(place);
  now.current = place;
  const seeing = useSeen(screen, place.room);
  useKeptFocus();
  useFirstPlace(screen?.me.id ?? null, screen?.channels[0]?.id ?? null, screen?.stage !== null, place, setPlace);
  useLayoutEffect(() => {
    if (screen) document.title = `${screen.team}: ${screen.app.name}`;
  }, [screen?.team]);
  useEffect(() => {
    if (toast === null) return;
    const timer = setTimeout(() => setToast(null), toastMs);
    return () => clearTimeout(timer);
  }, [toast]);

  if (screen === null) {
    return (
      <p class="starting">{isLive ? 'Opening the workspace …' : 'The workspace can’t be reached. Is it running?'}</p>
    );
  }
  const { me, stage, modals } = screen;
  const here: Here = {
    screen,
    place,
    notes,
    toast: setToast,
    go(next) {
      // Another person starts where they are, and sees what they may see.
      setPlace({ ...now.current, user: me.id, ...next });
    },
    async act(deed) {
      const outcome = await sendDeed(me.id, deed);
      const isTold = deed.kind === 'write' || deed.kind === 'press' || deed.kind === 'choose' || deed.kind === 'submit';
      if (outcome.kind !== 'done' && !isTold) setToast(outcome.words);
      return outcome;
    },
    ask: (question) => new Promise((answer) => setAsking({ question, answer })),
    note: (note) => setNotes((all) => [...all, { ...note, at: Date.now() }]),
  };
  const channel = screen.channels.find(({ id }) => id === place.room);
  const top = modals.at(-1);
  const side = sideOf(place, channel !== undefined, stage !== null);
  return (
    <ProvideHere value={here}>
      <div class={`page ${place.room === null ? 'at-list' : 'at-room'} ${side === null ? '' : 'with-side'}`}>
        <Sidebar seeing={seeing} scheme={scheme} onScheme={setScheme} />
        {place.room === homeRoom && <HomeRoom key={me.id} />}
        {channel && <ChannelRoom channel={channel} seenBefore={seeing.seenBefore} />}
        {!channel && place.room !== homeRoom && (
          <main class="room">
            <p class="empty">{place.room === null ? 'Choose a channel.' : `${me.realName} is not in this channel.`}</p>
          </main>
        )}
        {side === 'stage' && stage && <StageSide stage={stage} />}
        {side === 'thread' && channel && <ThreadSide channel={channel} ts={place.side ?? ''} />}
        {top && <ModalView key={`${me.id} ${top.id}`} view={top} depth={modals.length} />}
        {asking && (
          <AskDialog
            question={asking.question}
            onAnswer={(agreed) => {
              setAsking(null);
              asking.answer(agreed);
            }}
          />
        )}
        <div class="toasts" role="status">
          {!isLive && <p class="toast">The workspace can’t be reached; trying again …</p>}
          {toast !== null && <p class="toast">{toast}</p>}
        </div>
      </div>
    </ProvideHere>
  );
}

function sideOf({ side }: Place, isInChannel: boolean, hasStage: boolean): 'stage' | 'thread' | null {
  if (side === null) return null;
  if (side === stageSide) return hasStage ? 'stage' : null;
  return isInChannel ? 'thread' : null;
}

/** Who comes with a bare address starts in the first channel, beside what can be broken; a phone has room for a list. */
function useFirstPlace(
  user: string | null,
  firstChannel: string | null,
  hasStage: boolean,
  place: Place,
  setPlace: (place: Place) => void,
): void {
  useEffect(() => {
    if (user === null || place.user !== null) return;
    const isPhone = matchMedia('(max-width: 700px)').matches;
    setPlace({
      user,
      room: isPhone ? null : firstChannel,
      side: hasStage && !isPhone ? stageSide : null,
    });
  }, [user, place.user]);
}
