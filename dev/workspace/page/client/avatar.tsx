import type { Person } from '../../people.ts';

/** Initials on a colour of their own; what they say stands beside it in words. */
export function Avatar({ person, isSmall = false }: { person: Person | undefined; isSmall?: boolean }) {
  const name = person?.realName ?? '?';
  const tone = person?.isBot ? 'app' : `tone-${toneOf(person?.id ?? '')}`;
  return (
    <span class={`avatar ${tone} ${isSmall ? 'small' : ''}`} aria-hidden="true">
      {name.slice(0, 1).toUpperCase()}
    </span>
  );
}

const tones = 5;

function toneOf(id: string): number {
  return [...id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % tones;
}
