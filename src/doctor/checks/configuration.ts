import type { DoctorCheck } from '../check.ts';
import { failed, ok } from '../finding.ts';

/** Tokens and files that are missing or wrong by their form, before anybody is asked. */
export const configuration: DoctorCheck = {
  id: 'configuration',
  title: 'Configuration',
  withinMs: 5_000,
  async run({ mistakes, settings }) {
    if (mistakes.length === 0) {
      return [ok('the configuration', `right; clusters: ${Object.keys(settings.clusters).join(', ')}`)];
    }
    return mistakes.map(({ key, line, found, expected }) => {
      const where = line === null ? key : `${key} (line ${line})`;
      return failed(where, found === null ? 'missing' : `found ${found}`, `expected ${expected}`);
    });
  },
};
