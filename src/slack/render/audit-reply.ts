import type { AuditEntry, AuditOutcome } from '../../words/audit.ts';
import { code, prose } from '../escape.ts';
import { actions, button, section } from './blocks.ts';
import type { Content } from './content.ts';
import { packedSections } from './modal.ts';
import { actionIds } from './refs.ts';
import { dayAndTimeOf, personOf } from './words.ts';

export const auditPage = 20;

export interface AuditShown {
  /** What was asked for, in words; may be empty. */
  readonly asked: string;
  readonly entries: readonly AuditEntry[];
  /** The value of the button that shows what is older; null: there is nothing. */
  readonly older: string | null;
}

/** Who asked for what, newest first, for the one who asked. */
export function auditReply({ asked, entries, older }: AuditShown): Content {
  const of = asked === '' ? '' : ` ${prose(asked, 300)}`;
  const head = entries.length === 0 ? `Nobody asked for anything${of}.` : `*Who asked for what*${of}, newest first`;
  return {
    text: head,
    blocks: [
      section(head),
      ...packedSections(entries.map(lineOf), 6),
      ...(older === null ? [] : [actions(button(actionIds.olderAudit, 'Older', older))]),
    ],
  };
}

const outcomes: Readonly<Record<AuditOutcome, string>> = {
  allowed: '✅ allowed',
  refused: '⛔ refused',
  failed: '❌ failed',
};

function lineOf({ at, actor, via, channel, action, cluster, target, outcome }: AuditEntry): string {
  const who = personOf({ kind: 'person', id: actor });
  const where = channel !== null && /^[CGD][A-Z0-9]+$/.test(channel) ? ` in <#${channel}>` : '';
  const about = [cluster ?? '', target ?? ''].filter((part) => part !== '').map((part) => code(part, 80));
  return `${dayAndTimeOf(at)} ${who} ${via}: *${prose(action, 60)}* ${about.join(' ')}${where} · ${outcomes[outcome]}`;
}
