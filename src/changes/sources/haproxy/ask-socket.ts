import { once } from 'node:events';
import { connect } from 'node:net';
import { type Asked, answered, codeOf, failed, readAll, wordsOf } from './asked.ts';

/** Where a stats socket is: a path, or `host:port` where it listens on TCP. */
export type StatsSocket = { readonly path: string } | { readonly host: string; readonly port: number };

/** One command on a connection of its own: HAProxy closes it after the answer. Only commands that change nothing are ever sent. */
type Command = 'show info' | 'show stat' | 'show servers state';

/** @throws the signal's reason when aborted */
export async function askSocket(
  socket: StatsSocket,
  command: Command,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<Asked<string>> {
  const timeout = AbortSignal.timeout(deadlineMs);
  const either = AbortSignal.any([signal, timeout]);
  either.throwIfAborted();
  const connection = connect(socket);
  const stop = () => connection.destroy(new Error('stopped'));
  either.addEventListener('abort', stop, { once: true });
  // Whoever waits for it hears of its errors; one that comes between two waits must not end the process.
  connection.on('error', () => {});
  try {
    await once(connection, 'connect', { signal: either });
    connection.write(`${command}\n`);
    const text = await readAll(connection);
    either.throwIfAborted();
    if (/^\s*Permission denied/i.test(text))
      return failed('refused', `its level does not allow "${command}"; give the socket "level user" at least`);
    if (/^\s*Unknown command/i.test(text))
      return failed('malformed', `it does not know "${command}"; 2.0 or newer is needed`);
    // Every answer ends in an empty line. One that breaks off must not look like servers that were removed.
    if (!text.endsWith('\n\n'))
      return failed('malformed', `its answer to "${command}" broke off, or is none of HAProxy's`);
    return answered(text);
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.aborted) return failed('timedOut', `it did not answer "${command}" within ${deadlineMs / 1000} s`);
    return ofError(error, placeOf(socket));
  } finally {
    either.removeEventListener('abort', stop);
    connection.destroy();
  }
}

export function placeOf(socket: StatsSocket): string {
  if ('path' in socket) return socket.path;
  return `${socket.host.includes(':') ? `[${socket.host}]` : socket.host}:${socket.port}`;
}

function ofError(error: unknown, place: string): Asked<never> {
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return failed(
        'gone',
        `there is no socket ${place}: HAProxy does not run, or has its "stats socket" elsewhere`,
        true,
      );
    case 'EACCES':
    case 'EPERM':
      return failed(
        'refused',
        `this user may not open ${place}; give it "mode" and "group" in the "stats socket" line`,
      );
    case 'ECONNREFUSED':
      return failed(
        'unreachable',
        `nothing listens at ${place}: HAProxy does not run, or was given another socket`,
        true,
      );
    default:
      return failed('unreachable', `${place} can't be asked (${wordsOf(error)})`);
  }
}
