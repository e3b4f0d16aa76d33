import { open } from 'node:fs/promises';
import { maskSecrets } from '../../ops/secrets.ts';

const MOST_LINES = 15;
const MOST_CHARS = 300;
const TAIL_BYTES = 64 * 1024;

/** The last lines of a container's log, bounded, without the runtime's prefix and with secrets masked. @throws if it can't be read. */
export async function lastLines(path: string): Promise<string[]> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
    const lines = buffer.toString('utf8', 0, bytesRead).split('\n');
    // The first line is most likely cut when the file is longer than what was read.
    const whole = (from > 0 ? lines.slice(1) : lines).map((line) => line.replace(RUNTIME_PREFIX, ''));
    const told = whole.filter((line) => line.trim() !== '');
    return told.slice(-MOST_LINES).map(shown);
  } finally {
    await file.close();
  }
}

/** `2026-01-02T03:04:05.678901234Z stderr F message`. Source: Kubernetes' CRI log format, pkg/kubelet/kuberuntime/logs */
const RUNTIME_PREFIX = /^(\d{4}-\S+) (?:stdout|stderr) [FP](?::\S+)? /;

/** Forms of secrets that only control-plane programs log, beside those masked in every log. */
const TOKENS =
  /\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?|(?<=\b(?:token|password|secret|passwd)["']?\s*[=:]\s*["']?)[^\s"',}]{6,}/gi;

function shown(line: string): string {
  const message = maskSecrets(line.replaceAll(TOKENS, '[secret]'));
  return message.length > MOST_CHARS ? `${message.slice(0, MOST_CHARS)}…` : message;
}
