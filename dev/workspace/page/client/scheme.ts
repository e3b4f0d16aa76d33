import { useLayoutEffect, useState } from 'preact/hooks';

export const schemes = [
  { id: 'auto', name: 'As the system' },
  { id: 'light', name: 'Light' },
  { id: 'dark', name: 'Dark' },
] as const;
export type Scheme = (typeof schemes)[number]['id'];

const place = 'workspace-scheme';

/** Light or dark, kept in this browser. */
export function useScheme(): readonly [Scheme, (scheme: Scheme) => void] {
  const [scheme, setScheme] = useState(read);
  useLayoutEffect(() => {
    document.documentElement.dataset.scheme = scheme;
  }, [scheme]);
  return [
    scheme,
    (next) => {
      setScheme(next);
      try {
        localStorage.setItem(place, next);
      } catch {
        // A browser that keeps nothing asks anew next time.
      }
    },
  ];
}

function read(): Scheme {
  try {
    return schemes.find(({ id }) => id === localStorage.getItem(place))?.id ?? 'auto';
  } catch {
    return 'auto';
  }
}
