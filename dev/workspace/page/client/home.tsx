import { useEffect } from 'preact/hooks';
import { useActing } from './acting.ts';
import { Blocks } from './blocks.tsx';
import { useHere } from './deeds.ts';
import { RoomHead } from './room-head.tsx';
import { ProvideSurface } from './surface.ts';

/** The app's Home tab, which it draws for each person. */
export function HomeRoom() {
  const { screen, act } = useHere();
  const { home, app, me } = screen;
  useEffect(() => {
    void act({ kind: 'openHome' });
  }, [me.id]);
  const { surface, failure } = useActing({
    target: (entries) => ({ kind: 'view', view: home?.id ?? '', entries }),
    entered: home?.entered ?? {},
    errors: {},
  });
  return (
    <main class="room">
      <RoomHead title={app.name} about="Home" />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
      <section class="home" tabIndex={0} aria-label={`Home of ${app.name}`} data-keeps="home">
        {home === null ? (
          <p class="empty">{app.name} has put nothing here yet.</p>
        ) : (
          <ProvideSurface value={surface}>
            <Blocks blocks={home.content.blocks} />
          </ProvideSurface>
        )}
        {failure !== null && (
          <p class="failure" role="alert">
            ⚠ {failure}
          </p>
        )}
      </section>
    </main>
  );
}
