/** One request as it came. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly contentType: string;
  readonly authorization: string | null;
  readonly body: Buffer;
}

export interface Arguments {
  readonly token: string | null;
  readonly args: Readonly<Record<string, unknown>>;
}

/** The arguments of a Web API call, from a form, JSON or multipart body; null when the body isn't what it says it is. */
export async function readArguments(received: Received): Promise<Arguments | null> {
  const fields = await readFields(received);
  if (fields === null) return null;
  const { token, ...args } = fields;
  const bearer = /^Bearer (.+)$/i.exec(received.authorization ?? '')?.[1];
  return { token: bearer ?? (typeof token === 'string' ? token : null), args };
}

async function readFields({ contentType, body }: Received): Promise<Record<string, unknown> | null> {
  if (body.length === 0) return {};
  if (contentType.startsWith('application/json')) return asRecord(parsed(body.toString()));
  if (contentType.startsWith('application/x-www-form-urlencoded')) {
    return Object.fromEntries(new URLSearchParams(body.toString()));
  }
  if (contentType.startsWith('multipart/form-data')) return Object.fromEntries(await formData(contentType, body));
  return null;
}

/** What a POST to an upload address carries: the file itself, or a form with one file in it. */
export async function readUpload({ contentType, body }: Received): Promise<Buffer | null> {
  if (!contentType.startsWith('multipart/form-data')) return body;
  const files = [...(await formData(contentType, body)).values()].filter((value) => value instanceof File);
  const [file] = files;
  return file && files.length === 1 ? Buffer.from(await file.arrayBuffer()) : null;
}

function formData(contentType: string, body: Buffer): Promise<FormData> {
  return new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function asRecord(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
}
