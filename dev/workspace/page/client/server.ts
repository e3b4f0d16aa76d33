import { useEffect, useState } from 'preact/hooks';
import type { Deed, Outcome } from '../deed.ts';
import type { Screen } from '../screen.ts';

/** What the server knows, as it changes. */
export interface Live {
  /** Null until it first arrives. */
  readonly screen: Screen | null;
  /** False while the server can't be reached; the browser keeps trying. */
  readonly isLive: boolean;
}

export function useLive(userId: string | null): Live {
  const [live, setLive] = useState<Live>({ screen: null, isLive: true });
  useEffect(() => {
    const source = new EventSource(`/live${query(userId)}`);
    source.onmessage = ({ data }) => {
      // Our own server wrote it: `Screen` is the type of both sides.
      const screen: Screen = JSON.parse(String(data));
      setLive({ screen, isLive: true });
    };
    source.onerror = () => setLive(({ screen }) => ({ screen, isLive: false }));
    return () => source.close();
  }, [userId]);
  return live;
}

export type StageDeed = { readonly kind: 'start'; readonly story: string } | { readonly kind: 'mend' };

export function sendDeed(userId: string, deed: Deed): Promise<Outcome> {
  return post(`/do${query(userId)}`, deed);
}

export function sendStageDeed(deed: StageDeed): Promise<Outcome> {
  return post('/stage', deed);
}

/** Breaking something may take its time; an answer of the app comes within seconds. */
const patienceMs = 60_000;

async function post(path: string, body: Deed | StageDeed): Promise<Outcome> {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(patienceMs),
    });
    const answer: Outcome & { readonly error?: string } = await response.json();
    return response.ok ? answer : refused(answer.error ?? `The server answered ${response.status}.`);
  } catch {
    return refused('The workspace can’t be reached. Is the demo still running?');
  }
}

function refused(words: string): Outcome {
  return { kind: 'refused', words, fields: {} };
}

function query(userId: string | null): string {
  return userId === null ? '' : `?as=${encodeURIComponent(userId)}`;
}
