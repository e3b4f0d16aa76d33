import type { IssuesTried } from '../../changes/sources/github/try-issues.ts';
import type { DoctorCheck } from '../check.ts';
import { type Finding, failed, ok } from '../finding.ts';

/** May the bot open issues with postmortems where the configuration wants them? */
export const postmortems: DoctorCheck = {
  id: 'postmortems',
  title: 'Postmortems',
  withinMs: 25_000,
  async run({ settings, clock }, signal) {
    const { github } = settings.postmortem;
    if (github === null) return [ok('issues', 'no repository is configured; postmortems go to the thread alone')];
    // Only where it is configured: the client takes memory.
    const { tryIssues } = await import('../../changes/sources/github/try-issues.ts');
    const { owner, name } = github.repository;
    return [findingOf(`${owner}/${name}`, await tryIssues(github, { now: () => clock.now() }, signal))];
  },
};

function findingOf(repository: string, tried: IssuesTried): Finding {
  const about = `issues in ${repository}`;
  switch (tried.kind) {
    case 'may':
      return ok(about, 'may be opened, as far as can be told without opening one');
    case 'archived':
      return failed(about, 'the repository is archived: nothing can be written to it', OTHERWISE);
    case 'switchedOff':
      return failed(
        about,
        'they are switched off in the settings of the repository',
        `switch them on, or ${OTHERWISE}`,
      );
    case 'notSeen':
    case 'mayNot':
      return failed(about, tried.failure.words, mendOf(tried.failure.kind));
    default:
      return tried satisfies never;
  }
}

const OTHERWISE = 'name another repository in postmortem.github.repository';

function mendOf(kind: Extract<IssuesTried, { kind: 'mayNot' }>['failure']['kind']): string {
  switch (kind) {
    case 'expired':
      return 'put a token that holds into the file, or mend the App in postmortem.github';
    case 'refused':
    case 'gone':
      return 'give it this repository with "Issues: read and write", as docs/postmortem.md says';
    default:
      return 'let this machine through to it, and try again';
  }
}
