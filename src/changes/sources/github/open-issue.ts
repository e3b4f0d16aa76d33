import { z } from 'zod';
import { type Answer, type GitHubDeps, gitHubAt, type Page } from './ask.ts';
import type { GitHubPlace } from './settings.ts';
import { instanceOf } from './tell.ts';

interface IssueDraft {
  readonly title: string;
  /** Markdown. */
  readonly body: string;
  /** Stands in the issue, unseen: by it the issue is found again. */
  readonly mark: string;
}

/** `name`: `acme/operations#12` */
interface OpenedIssue {
  readonly name: string;
  readonly url: string;
}

type IssueOutcome =
  | { readonly kind: 'opened'; readonly issue: OpenedIssue }
  /** `why` says what to mend. */
  | { readonly kind: 'failed'; readonly why: string };

export interface IssueTracker {
  /**
   * @param mayBeThere an earlier attempt was not answered: one with this mark that was made at `sinceAt` (epoch ms) or
   * later is taken in place of a second one
   */
  open(draft: IssueDraft, mayBeThere: { readonly sinceAt: number } | null, signal: AbortSignal): Promise<IssueOutcome>;
  close(): void;
}

/** Longer bodies are refused. Source: GitHub answers "body is too long (maximum is 65536 characters)". */
const mostBody = 65_536;

/** Issues in the repository where postmortems go, by the same client that reads others. */
export function gitHubIssues(place: GitHubPlace, labels: readonly string[], deps: GitHubDeps): IssueTracker {
  const gitHub = gitHubAt(place, deps);
  const { owner, name: repo } = place.repository;
  const asked = { what: 'issues', permission: 'Issues' };

  async function find(mark: string, sinceAt: number, signal: AbortSignal): Promise<Answer<OpenedIssue | null>> {
    const since = new Date(sinceAt).toISOString();
    const first = gitHub.rest.issues.listForRepo.endpoint({ owner, repo, state: 'all', since, per_page: 100 }).url;
    for (let url: string | null = first, pages = 0; url !== null && pages < mostPages; pages++) {
      const answer: Answer<Page<z.infer<typeof Listed>>> = await gitHub.get({ ...asked, url, schema: Listed }, signal);
      if (answer.kind === 'failed') return answer;
      const found = answer.value.value.find(({ body }) => body?.includes(commentOf(mark)));
      if (found !== undefined) return { kind: 'answer', value: openedOf(found) };
      url = answer.value.next;
    }
    return { kind: 'answer', value: null };
  }

  function openedOf({ number, html_url: url }: z.infer<typeof Issue>): OpenedIssue {
    return { name: `${instanceOf(place)}#${number}`, url };
  }

  return {
    async open({ title, body, mark }, mayBeThere, signal) {
      if (mayBeThere !== null) {
        const before = await find(mark, mayBeThere.sinceAt, signal);
        if (before.kind === 'failed') return { kind: 'failed', why: before.failure.words };
        if (before.value !== null) return { kind: 'opened', issue: before.value };
      }
      const made = await gitHub.post(
        {
          ...asked,
          access: 'write',
          url: gitHub.rest.issues.create.endpoint({ owner, repo, title: '' }).url,
          schema: Issue,
          body: { title: title.slice(0, mostTitle), body: fitting(body, commentOf(mark)), labels: [...labels] },
        },
        signal,
      );
      if (made.kind === 'failed') return { kind: 'failed', why: made.failure.words };
      return { kind: 'opened', issue: openedOf(made.value) };
    },
    close: gitHub.close,
  };
}

const mostPages = 10;
const mostTitle = 256;

function commentOf(mark: string): string {
  return `<!-- apidown:${mark.replaceAll(/[^\w-]/g, '')} -->`;
}

/** The mark, and whole lines as far as they fit; what is cut off is told. */
function fitting(body: string, comment: string): string {
  const whole = `${comment}\n${body}`;
  if (whole.length <= mostBody) return whole;
  const note = '\n\n*What follows does not fit into an issue: the whole of it is in the thread of the card.*\n';
  const head = whole.slice(0, mostBody - note.length - fence.length);
  const lines = head.slice(0, head.lastIndexOf('\n'));
  const isInFence = (lines.match(/^`{3,}/gm) ?? []).length % 2 === 1;
  return `${lines}${isInFence ? fence : ''}${note}`;
}

const fence = `\n${'`'.repeat(20)}`;

const Issue = z.object({ number: z.number().int(), html_url: z.url({ protocol: /^https?$/ }) });
const Listed = z.array(Issue.extend({ body: z.string().nullish() }));
