import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { limits } from '../limits.ts';

/** Slack makes one up where none was sent. */
export const blockId = () => z.string().min(1).max(limits.block.id).default(madeUp);
export const actionId = () => z.string().min(1).max(limits.element.actionId).default(madeUp);

function madeUp(): string {
  return randomBytes(4).toString('base64url').slice(0, 5);
}
