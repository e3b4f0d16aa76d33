import { clockTime } from '../../text/dates.ts';
import type { StageShown } from '../screen.ts';
import { useHere } from './deeds.ts';
import { type StageDeed, sendStageDeed } from './server.ts';
import { stageWords } from './stage-words.ts';

/** What a newcomer does here: choose what breaks, see it be found, mend it. */
export function StageSide({ stage }: { stage: StageShown }) {
  const { screen, go, toast } = useHere();
  const { stories, state } = stage;
  const playing = stories.find(({ id }) => id === state.story);
  const act = async (deed: StageDeed) => {
    const outcome = await sendStageDeed(deed);
    if (outcome.kind !== 'done') toast(outcome.words);
  };
  const isOver = state.kind === 'healthy' || state.kind === 'starting';
  return (
    <aside class="side stage" aria-label="What breaks">
      <header class="room-head">
        <h2>What breaks</h2>
        <button type="button" class="quiet-button" aria-label="Close this panel" onClick={() => go({ side: null })}>
          <span aria-hidden="true">✕</span>
        </button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
      <section class="stage-body" tabIndex={0} aria-label="Stories" data-keeps="stage">
        <p class={`state ${state.kind}`} role="status">
          {stageWords(state.kind)}
        </p>
        <FirstSteps state={state.kind} />
        {playing && !isOver && (
          <section class="playing">
            <h3>{playing.title}</h3>
            <p>{playing.about}</p>
            <button
              type="button"
              class="button primary"
              data-action="mend"
              aria-busy={state.kind === 'mending'}
              onClick={() => void act({ kind: 'mend' })}
            >
              Mend it
            </button>
          </section>
        )}
        {isOver && (
          <ul class="stories">
            {stories.map(({ id, title, about }) => (
              <li key={id}>
                <button
                  type="button"
                  class="story"
                  data-action={`story-${id}`}
                  aria-disabled={state.kind !== 'healthy'}
                  onClick={() => state.kind === 'healthy' && void act({ kind: 'start', story: id })}
                >
                  <strong>{title}</strong>
                  <span>{about}</span>
                </button>
              </li>
            ))}
          </ul>
        )}
        {state.said.length > 0 && (
          <section>
            <h3>What has happened</h3>
            <ol class="said">
              {state.said.map(({ at, text }) => (
                <li key={`${at} ${text}`}>
                  <span class="quiet">{clockTime(at, screen.me)}</span> {text}
                </li>
              ))}
            </ol>
          </section>
        )}
      </section>
    </aside>
  );
}

function FirstSteps({ state }: { state: StageShown['state']['kind'] }) {
  const { screen } = useHere();
  const command = screen.app.commands[0]?.command ?? '/apidown';
  const channel = screen.channels.find(({ hasApp, kind }) => hasApp && kind !== 'im')?.name ?? '';
  return (
    <ol class="first-steps">
      <li class={state === 'healthy' || state === 'starting' ? 'now' : 'past'}>Choose below what breaks.</li>
      <li class={state === 'broken' ? 'now' : ''}>
        Type <code>{command} investigate</code> in #{channel}, and press what its card offers.
      </li>
      <li>Mend it here, run a step again, and conclude.</li>
    </ol>
  );
}
