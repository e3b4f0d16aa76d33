/** What a test asks of the program inside a namespace. */
export type Request =
  | { readonly do: 'listen'; readonly ports: readonly number[] }
  | { readonly do: 'load'; readonly loads: readonly Load[] }
  | { readonly do: 'dump' }
  | { readonly do: 'network' }
  | { readonly do: 'connect'; readonly attempts: readonly Attempt[]; readonly timeoutMs: number };

export interface Load {
  readonly program:
    | 'nft'
    | 'iptables-restore'
    | 'ip6tables-restore'
    | 'iptables-legacy-restore'
    | 'ip6tables-legacy-restore';
  readonly args: readonly string[];
  readonly input: string;
}

export interface Attempt {
  readonly from: string;
  readonly to: string;
  readonly port: number;
}
