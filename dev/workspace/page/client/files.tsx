import { useEffect, useId, useState } from 'preact/hooks';
import type { FileShown } from '../screen.ts';
import { useHere } from './deeds.ts';
import { Dialog } from './dialog.tsx';
import { Markdown } from './markdown.tsx';
import { Preformatted } from './words.tsx';

/** A file as it stands under a message. */
export function FileView({ id }: { id: string }) {
  const { screen } = useHere();
  const file = screen.files[id];
  if (file === undefined) return <p class="quiet">A file that is not there any more</p>;
  const url = fileUrl(id, screen.me.id);
  if (file.kind === 'picture') return <OpenablePicture url={url} alt={file.altText ?? ''} title={file.title} />;
  if (file.kind === 'markdown' || file.kind === 'text') return <TextFile file={file} url={url} />;
  return <FileHead file={file} url={url} />;
}

interface Image {
  readonly image_url?: string | undefined;
  readonly slack_file?: { readonly id: string } | { readonly url: string } | undefined;
  readonly alt_text: string;
}

/** An image block or element. Pictures from elsewhere are not fetched: their words stand for them. */
export function Picture({ image, title }: { image: Image; title?: string | undefined }) {
  const { screen } = useHere();
  const { slack_file: own, image_url: elsewhere, alt_text: alt } = image;
  if (own !== undefined && 'id' in own) {
    return <OpenablePicture url={fileUrl(own.id, screen.me.id)} alt={alt} title={title ?? alt} />;
  }
  if (elsewhere === undefined) return <>{title ?? alt}</>;
  return (
    <a class="picture-elsewhere" href={elsewhere} target="_blank" rel="noreferrer noopener">
      {title ?? alt}
    </a>
  );
}

function OpenablePicture({ url, alt, title }: { url: string; alt: string; title: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <figure class="picture">
      <figcaption>{title}</figcaption>
      <span class="picture-frame">
        <img src={url} alt={alt} />
        {/* Beside the picture and not around it, since what lies in a button is read to nobody. */}
        <button type="button" aria-label={`Enlarge: ${title}`} onClick={() => setOpen(true)} />
      </span>
      {isOpen && (
        <Dialog label={title} className="lightbox" onEscape={() => setOpen(false)}>
          <img src={url} alt={alt} />
          <button type="button" class="button" onClick={() => setOpen(false)}>
            Close
          </button>
        </Dialog>
      )}
    </figure>
  );
}

function FileHead({ file, url }: { file: FileShown; url: string }) {
  return (
    <div class="file-head">
      <span class="file-icon" aria-hidden="true">
        ▤
      </span>
      <span>
        <strong>{file.title}</strong>
        <span class="quiet"> {sizeOf(file.size)}</span>
      </span>
      <a href={url} download={file.name}>
        Download
      </a>
    </div>
  );
}

function TextFile({ file, url }: { file: FileShown; url: string }) {
  const [text, setText] = useState<string | null>(null);
  const [isWhole, setWhole] = useState(false);
  const [isSource, setSource] = useState(false);
  const body = useId();
  useEffect(() => {
    const gone = new AbortController();
    fetch(url, { signal: gone.signal })
      .then((response) => response.text())
      .then(setText, (error: unknown) => {
        if (!gone.signal.aborted) setText(`It could not be read: ${String(error)}`);
      });
    return () => gone.abort();
  }, [url]);
  return (
    <div class="file">
      <FileHead file={file} url={url} />
      {text !== null && (
        <div id={body} class={isWhole ? 'file-body whole' : 'file-body'}>
          {file.kind === 'markdown' && !isSource ? <Markdown text={text} /> : <Preformatted text={text} />}
        </div>
      )}
      <div class="file-foot">
        <button
          type="button"
          class="link"
          aria-expanded={isWhole}
          aria-controls={body}
          onClick={() => setWhole(!isWhole)}
        >
          {isWhole ? 'Show less' : 'Show all'}
        </button>
        {file.kind === 'markdown' && (
          <button type="button" class="link" aria-pressed={isSource} onClick={() => setSource(!isSource)}>
            As it is written
          </button>
        )}
      </div>
    </div>
  );
}

function fileUrl(id: string, userId: string): string {
  return `/files/${id}?as=${encodeURIComponent(userId)}`;
}

function sizeOf(bytes: number): string {
  return bytes < 1000 ? `${bytes} bytes` : `${Math.round(bytes / 1000)} kB`;
}
