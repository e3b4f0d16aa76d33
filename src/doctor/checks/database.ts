import { dirname } from 'node:path';
import { inspectStore } from '../../store/open.ts';
import type { DoctorCheck, Situation } from '../check.ts';
import { type Finding, failed, ok, warning } from '../finding.ts';

const mib = 1024 * 1024;
/** Below it the journal of changes of a few busy days no longer fits. */
const scarceBytes = 1024 * mib;
/** Below it SQLite's own log may not fit, and then nothing is kept any more. */
const tooFewBytes = 64 * mib;

/** Can the bot keep what it must not forget? */
export const database: DoctorCheck = {
  id: 'database',
  title: 'Database',
  withinMs: 15_000,
  run: async (situation) => [await file(situation), ...(await space(situation))],
};

async function file({ settings }: Situation): Promise<Finding> {
  const about = settings.store.file;
  const inspected = await inspectStore({ kind: 'sqlite', file: about });
  switch (inspected.kind) {
    case 'current':
      return ok(about, `up to date, ${Math.ceil(inspected.bytes / mib)} MiB`);
    case 'absent':
      return warning(
        about,
        'it does not exist yet: nothing is kept, no agent is enrolled',
        'start the bot, which makes it; if it ran before, look whether store.file names the right place',
      );
    case 'older': {
      const words = `it is of an older version: ${inspected.missing.join(', ')} ${inspected.missing.length === 1 ? 'is' : 'are'} still to run`;
      return warning(about, words, 'copy it, then start the bot of this version, which brings it up to date');
    }
    case 'newer': {
      const words = `it was written by a newer apidown (its last migration is ${inspected.last}, which this one does not know)`;
      return failed(about, words, 'start the newer version, or restore the file from before the upgrade');
    }
    case 'unusable': {
      const [words = '', mend] = inspected.why.split('; ');
      return failed(about, words, mend ?? 'look at the file and its directory');
    }
    default:
      return inspected satisfies never;
  }
}

async function space({ settings, freeBytesIn }: Situation): Promise<readonly Finding[]> {
  const folder = dirname(settings.store.file);
  const bytes = await freeBytesIn(folder).catch(() => null);
  if (bytes === null) return [];
  const about = `disk space in ${folder}`;
  const words = `${Math.floor(bytes / mib)} MiB are free`;
  const mend = 'free some, or move store.file to a larger disk';
  if (bytes < tooFewBytes) return [failed(about, `${words}: soon nothing can be kept any more`, mend)];
  return [bytes < scarceBytes ? warning(about, words, mend) : ok(about, words)];
}
