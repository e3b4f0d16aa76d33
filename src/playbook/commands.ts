import type { HandCommand, Step } from './step.ts';

/** This cluster's own values. A null is shown as its placeholder, so that a person sees what to fill in. */
export interface CommandValues {
  readonly url: string | null;
  readonly host: string | null;
  readonly port: number | null;
  /** The first address that `host` resolves to, or `host` itself when it is one. */
  readonly address: string | null;
}

export interface FilledCommand extends HandCommand {
  /** Are all of the cluster's values filled in? */
  readonly complete: boolean;
}

/** The commands of a step for a person, with the cluster's own values filled in. */
export function commandsFor(step: Step, values: CommandValues): readonly FilledCommand[] {
  const shown: Record<string, string> = {
    url: values.url ?? '<url>',
    host: values.host ?? '<host>',
    port: String(values.port ?? 6443),
    address: bracketed(values.address ?? values.host ?? '<address>'),
  };
  const known = values.url !== null && values.host !== null;
  return step.byHand.map((hand) => ({
    ...hand,
    command: fill(hand.command, shown),
    lookFor: fill(hand.lookFor, shown),
    complete: known || !/\{(url|host|address)\}/.test(hand.command),
  }));
}

function fill(template: string, values: Record<string, string>): string {
  return template.replaceAll(
    /\{(url|host|port|address)\}/g,
    (placeholder, name: string) => values[name] ?? placeholder,
  );
}

function bracketed(address: string): string {
  return address.includes(':') && !address.startsWith('[') ? `[${address}]` : address;
}
