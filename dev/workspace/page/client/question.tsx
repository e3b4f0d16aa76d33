import { useId } from 'preact/hooks';
import type { AnyText } from '../../blocks/text-objects.ts';
import { Dialog } from './dialog.tsx';
import { Words } from './words.tsx';

/** What an element's `confirm` asks before anything happens. */
export interface Question {
  readonly title?: { readonly text: string } | undefined;
  readonly text: AnyText;
  readonly confirm?: { readonly text: string } | undefined;
  readonly deny?: { readonly text: string } | undefined;
  readonly style?: 'primary' | 'danger' | undefined;
}

export function AskDialog({ question, onAnswer }: { question: Question; onAnswer: (agreed: boolean) => void }) {
  const title = useId();
  const { style = 'primary' } = question;
  return (
    <Dialog labelledBy={title} onEscape={() => onAnswer(false)} className="ask">
      <h2 id={title}>{question.title?.text ?? 'Are you sure?'}</h2>
      <div class="dialog-body">
        <Words text={question.text} />
      </div>
      <footer class="dialog-foot">
        <button type="button" class="button" onClick={() => onAnswer(false)}>
          {question.deny?.text ?? 'Cancel'}
        </button>
        <button type="button" class={`button ${style}`} data-first onClick={() => onAnswer(true)}>
          {question.confirm?.text ?? 'Yes'}
        </button>
      </footer>
    </Dialog>
  );
}
