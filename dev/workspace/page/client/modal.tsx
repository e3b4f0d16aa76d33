import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { ViewContent } from '../../blocks/views.ts';
import type { View } from '../../modals.ts';
import { elementsOf } from '../../state-values.ts';
import { useActing } from './acting.ts';
import { Blocks } from './blocks.tsx';
import { useHere } from './deeds.ts';
import { Dialog } from './dialog.tsx';
import { manyOf, ProvideSurface, type Surface } from './surface.ts';

type ModalContent = Extract<ViewContent, { type: 'modal' }>;

/** The topmost modal of a person's stack. */
export function ModalView({ view, depth }: { view: View; depth: number }) {
  const { content } = view;
  if (content.type !== 'modal') return null;
  return <Modal view={view} content={content} depth={depth} />;
}

function Modal({ view, content, depth }: { view: View; content: ModalContent; depth: number }) {
  const { act } = useHere();
  const [missing, setMissing] = useState<Readonly<Record<string, string>>>({});
  const [isSubmitting, setSubmitting] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const title = useId();
  const { surface, entries, failure, settle } = useActing({
    target: (entered) => ({ kind: 'view', view: view.id, entries: entered }),
    entered: view.entered,
    errors: { ...view.errors, ...missing },
  });
  useAtFirstError(form, Object.keys(surface.errors).join(' '));
  useFirstField(form, content.blocks.length > 0 && elementsOf(content.blocks).length > 0);

  const close = () => void act({ kind: 'close', view: view.id });
  const submit = async () => {
    if (isSubmitting) return;
    const empty = emptyFields(view, surface);
    setMissing(empty);
    if (Object.keys(empty).length > 0) return;
    setSubmitting(true);
    settle(await act({ kind: 'submit', view: view.id, entries: standing(view, entries) }));
    setSubmitting(false);
  };

  return (
    <Dialog labelledBy={title} onEscape={close} className="modal">
      <form
        ref={form}
        noValidate
        data-keeps={view.id}
        data-view={view.id}
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <header class="dialog-head">
          <h2 id={title} tabIndex={-1}>
            {content.title.text}
          </h2>
          <button type="button" class="quiet-button" aria-label={depth > 1 ? 'Back' : 'Close'} onClick={close}>
            <span aria-hidden="true">{depth > 1 ? '←' : '✕'}</span>
          </button>
        </header>
        <div class="dialog-body">
          <ProvideSurface value={surface}>
            <Blocks blocks={content.blocks} />
          </ProvideSurface>
          {failure !== null && (
            <p class="failure" role="alert">
              ⚠ {failure}
            </p>
          )}
        </div>
        <footer class="dialog-foot">
          <button type="button" class="button" onClick={close}>
            {content.close?.text ?? 'Cancel'}
          </button>
          {content.submit && (
            <button type="submit" class="button primary" aria-busy={isSubmitting}>
              {content.submit.text}
            </button>
          )}
        </footer>
      </form>
    </Dialog>
  );
}

function emptyFields({ content }: View, { entryOf }: Surface): Record<string, string> {
  const empty = elementsOf(content.blocks).filter(({ block, element }) => {
    const isNeeded = block.type === 'input' && !block.optional;
    return isNeeded && manyOf(entryOf(block, element)).filter((one) => one !== '').length === 0;
  });
  return Object.fromEntries(empty.map(({ block }) => [block.block_id, 'Please complete this required field.']));
}

/** What was entered into blocks that an update took away goes with them. */
function standing<Entry>({ content }: View, entries: Readonly<Record<string, Entry>>): Record<string, Entry> {
  const there = new Set(content.blocks.map(({ block_id: id }) => id));
  return Object.fromEntries(Object.entries(entries).filter(([block]) => there.has(block)));
}

const fields = '.dialog-body :is(input, textarea, .pick-button)';

/** A modal that opened while it was loading has its first field later. */
function useFirstField(form: { current: HTMLFormElement | null }, hasFields: boolean): void {
  useEffect(() => {
    if (!hasFields) return;
    const inside = form.current?.querySelector('.dialog-body');
    if (inside?.contains(document.activeElement)) return;
    const first =
      form.current?.querySelector<HTMLElement>('[data-first]') ?? form.current?.querySelector<HTMLElement>(fields);
    (first ?? form.current?.querySelector<HTMLElement>('.dialog-body button'))?.focus();
  }, [hasFields]);
}

function useAtFirstError(form: { current: HTMLFormElement | null }, wrong: string): void {
  useEffect(() => {
    if (wrong === '') return;
    form.current?.querySelector<HTMLElement>(`.wrong :is(input, textarea, button)`)?.focus();
  }, [wrong]);
}
