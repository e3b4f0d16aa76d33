import { z } from 'zod';
import { type CallFailure, callTimeoutMs, type WebCall, whyFailed } from './web-call.ts';

export interface Upload {
  readonly filename: string;
  /** What a picture shows, for those who can't see it. */
  readonly alt?: string;
  readonly title: string;
  readonly channel: string;
  /** Timestamp of the message that it stands under. */
  readonly thread: string;
}

/** Source: files.getUploadURLExternal. */
const mostAltText = 1_000;

/** Puts a file into a thread. */
export async function upload(
  call: WebCall,
  content: Buffer,
  to: Upload,
): Promise<{ kind: 'sent'; file: string } | { kind: 'failed'; why: string }> {
  const failed = (result: CallFailure) => ({ kind: 'failed' as const, why: whyFailed(result) });
  const announced = await call('files.getUploadURLExternal', {
    filename: to.filename,
    length: content.length,
    ...(to.alt === undefined ? {} : { alt_txt: to.alt.slice(0, mostAltText) }),
  });
  if (announced.kind !== 'ok') return failed(announced);
  const { upload_url: url, file_id: file } = Announced.parse(announced.data);
  const put = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: new Uint8Array(content),
    redirect: 'error',
    signal: AbortSignal.timeout(callTimeoutMs),
  });
  if (!put.ok) return { kind: 'failed', why: `the upload was answered with HTTP ${put.status}` };
  const shared = await call('files.completeUploadExternal', {
    files: [{ id: file, title: to.title }],
    channel_id: to.channel,
    thread_ts: to.thread,
  });
  return shared.kind === 'ok' ? { kind: 'sent', file } : failed(shared);
}

const Announced = z.object({ upload_url: z.string(), file_id: z.string() });
