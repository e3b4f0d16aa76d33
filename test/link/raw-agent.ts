import { io, type Socket } from 'socket.io-client';
import { onTestFinished } from 'vitest';
import { type LinkKey, signClaim } from '../../src/link/keys.ts';
import { type Challenge, type Claim, LINK_PATH, PROTOCOL, type ProofMessage } from '../../src/link/protocol.ts';
import type { Stage } from './stage.ts';

/** A connection that keeps to no rules, to say what an agent never would. */
export interface RawAgent {
  readonly socket: Socket;
  readonly challenge: Challenge;
  /** What the bot said since, as `[event, data]`. */
  readonly heard: readonly (readonly [string, unknown])[];
  /** Resolves with why the connection ended. */
  readonly ended: Promise<string>;
}

export async function rawAgent(on: Pick<Stage, 'url' | 'authority'>): Promise<RawAgent> {
  const socket = io(on.url, {
    path: LINK_PATH,
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    ca: on.authority.caPem,
  });
  onTestFinished(() => {
    socket.disconnect();
  });
  const heard: [string, unknown][] = [];
  socket.onAny((event, data) => heard.push([event, data]));
  const ended = new Promise<string>((resolve) => socket.once('disconnect', resolve));
  const challenge = await new Promise<Challenge>((resolve, reject) => {
    socket.once('challenge', resolve);
    socket.once('connect_error', reject);
  });
  return { socket, challenge, heard, ended };
}

/** A proof as an honest agent would make it, changed as the test likes: before it is signed, and after. */
export function prove(
  challenge: Challenge,
  key: LinkKey,
  claimed: Partial<Claim> = {},
  changedAfter: Partial<ProofMessage> = {},
): ProofMessage {
  const claim: Claim = {
    keyId: key.id,
    cluster: 'prod',
    role: 'node',
    instance: 'cp-1',
    nonce: challenge.nonce,
    agentAt: Date.now(),
    protocol: PROTOCOL,
    ...claimed,
  };
  return {
    ...claim,
    signature: signClaim(key, claim),
    version: '0.1.0',
    checks: ['listening'],
    leavesBy: [],
    ...changedAfter,
  };
}
