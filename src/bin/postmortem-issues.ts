import type { Config } from '../config/load.ts';
import { createOpeningIssues, type OpeningIssues } from '../investigation/opening-issues.ts';
import type { InvestigationService } from '../investigation/service.ts';
import type { Investigation } from '../investigation/state.ts';
import type { Clock } from '../ops/clock.ts';
import type { Log } from '../ops/log.ts';

/** Postmortems as issues of a repository. */
export interface PostmortemIssues extends OpeningIssues {
  /** `acme/operations`; null: nowhere, since none is configured. */
  readonly issuesIn: string | null;
}

/** @param write the postmortem as Markdown */
export async function postmortemIssues(
  { github }: Config['postmortem'],
  ports: {
    readonly investigations: Pick<InvestigationService, 'find' | 'issueTold'>;
    write(investigation: Investigation): Promise<string>;
    readonly clock: Clock;
    readonly log: Log;
  },
): Promise<PostmortemIssues> {
  if (github === null) return { issuesIn: null, changed: () => {}, close: async () => {} };
  // Only where it is configured: the client takes memory.
  const { gitHubIssues } = await import('../changes/sources/github/open-issue.ts');
  const tracker = gitHubIssues(github, github.labels, { now: () => ports.clock.now() });
  const opening = createOpeningIssues({
    investigations: ports.investigations,
    async open(investigation, mayBeThere, signal) {
      const body = await ports.write(investigation);
      // It begins with a heading, which is the issue's title as well.
      const [, title = investigation.id, rest = ''] = /^# ([^\n]*)\n+([\s\S]*)$/.exec(body) ?? [];
      return tracker.open(
        { title: `${title} (${investigation.id})`, body: rest, mark: investigation.id },
        mayBeThere,
        signal,
      );
    },
    clock: ports.clock,
    log: ports.log,
  });
  return {
    issuesIn: `${github.repository.owner}/${github.repository.name}`,
    changed: opening.changed,
    async close() {
      await opening.close();
      tracker.close();
    },
  };
}
