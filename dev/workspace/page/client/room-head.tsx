import type { ComponentChildren } from 'preact';
import { useHere } from './deeds.ts';

/** The head of a channel or of the app; on a phone it leads back to the list. */
export function RoomHead({ title, about, children }: { title: string; about: string; children?: ComponentChildren }) {
  const { go } = useHere();
  return (
    <header class="room-head">
      <button
        type="button"
        class="quiet-button back"
        aria-label="All channels"
        onClick={() => go({ room: null, side: null })}
      >
        <span aria-hidden="true">←</span>
      </button>
      <h1>{title}</h1>
      <span class="quiet">{about}</span>
      {children}
    </header>
  );
}
