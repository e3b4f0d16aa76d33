import { awsTitle, measureAws } from './aws/part.ts';
import { checksTitle } from './checks/part.ts';
import { correlationTitle, measureCorrelation } from './correlation/part.ts';
import type { Part } from './figures.ts';
import { healthTitle, measureHealth } from './health/part.ts';
import { kubeJournalPart, kubeJournalTitle } from './kube-journal/part.ts';
import { measureOnLoopback } from './loopback.ts';
import { bareNode } from './memory/bare-node.ts';
import { importCosts } from './memory/import-costs.ts';
import { memoryPart, memorySkipped, memoryTitle } from './memory/part.ts';
import { measureNewcomer, newcomerTitle } from './newcomer/part.ts';
import { measureOnTestbed, testbedMissing } from './on-testbed.ts';
import { onsetPart, onsetTitle } from './onset/part.ts';
import { onsetAlertsPart, onsetAlertsTitle } from './onset-alerts/part.ts';
import { requestsTitle } from './requests/storms.ts';
import { measureSources, sourcesTitle } from './sources/part.ts';
import { measureStream, streamTitle } from './stream/part.ts';
import { measureVerdict, verdictTitle } from './verdict/part.ts';

/** In the order in which they are measured. */
export const names = [
  'correlation',
  'stream',
  'verdict',
  'sources',
  'aws',
  'health',
  'newcomer',
  'checks',
  'requests',
  'memory',
  'onset',
  'onset-alerts',
  'kube-journal',
] as const;
export type Name = (typeof names)[number];

/** Each part as soon as it is measured. One that breaks is a part as well: it keeps no other from being measured. */
export async function* measured(wants: (name: Name) => boolean): AsyncGenerator<Part> {
  if (wants('correlation')) yield await tried(correlationTitle, measureCorrelation);
  if (wants('stream')) yield await tried(streamTitle, measureStream);
  if (wants('verdict')) yield await tried(verdictTitle, measureVerdict);
  if (wants('sources')) yield await tried(sourcesTitle, measureSources);
  if (wants('aws')) yield await tried(awsTitle, measureAws);
  if (wants('health')) yield await tried(healthTitle, measureHealth);
  if (wants('newcomer')) yield await tried(newcomerTitle, measureNewcomer);
  yield* checksRequestsMemory(wants);
  if (wants('onset')) yield await tried(onsetTitle, async () => onsetPart(await testbedMissing()));
  if (wants('onset-alerts')) yield await tried(onsetAlertsTitle, onsetAlertsPart);
  if (wants('kube-journal')) {
    yield await tried(kubeJournalTitle, async () => kubeJournalPart(await testbedMissing()));
  }
}

/** The processes that answer are the ones whose memory is measured afterwards. */
async function* checksRequestsMemory(wants: (name: Name) => boolean): AsyncGenerator<Part> {
  const noMemory = memorySkipped();
  const memory = wants('memory') && noMemory === null;
  const missing = wants('checks') || memory ? await testbedMissing() : null;
  const resting: Parameters<typeof memoryPart>[1][number][] = [];
  const broken: Part[] = [];

  if (wants('checks') || memory) {
    if (missing !== null) {
      if (wants('checks')) yield { kind: 'skipped', title: checksTitle, why: missing };
    } else {
      const title = wants('checks') ? checksTitle : memoryTitle;
      const part = await tried(title, async () => {
        const found = await measureOnTestbed({ checks: wants('checks'), memory });
        resting.push(...found.resting);
        return found.checks;
      });
      if (part !== null) yield part;
      if (part?.kind === 'failed') broken.push(part);
    }
  }
  if (wants('requests') || memory) {
    const title = wants('requests') ? requestsTitle : memoryTitle;
    const part = await tried(title, async () => {
      const found = await measureOnLoopback({ requests: wants('requests'), memory });
      resting.push(...found.resting);
      return found.requests;
    });
    if (part !== null) yield part;
    if (part?.kind === 'failed') broken.push(part);
  }
  if (!wants('memory')) return;
  if (noMemory !== null) yield noMemory;
  // Of some alone it would look as if all had been measured.
  else if (broken.length > 0)
    yield { kind: 'failed', title: memoryTitle, why: 'Those whose memory it is did not live.' };
  else yield await tried(memoryTitle, async () => memoryPart(await bareNode(), resting, await importCosts(), missing));
}

async function tried<T extends Part | null>(title: string, measure: () => Promise<T>): Promise<T | Part> {
  tell(title);
  try {
    return await measure();
  } catch (error) {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { kind: 'failed', title, why };
  }
}

/** Beside the table, for whoever waits. */
function tell(what: string): void {
  process.stderr.write(`measuring: ${what} …\n`);
}
