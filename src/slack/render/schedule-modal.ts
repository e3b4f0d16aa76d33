import { channelSelect, input, multiSelect, section, textInput } from './blocks.ts';
import { type Modal, modal } from './modal.ts';
import { viewIds } from './refs.ts';

/** Names of what is asked for; block and element share one name. */
export const scheduleFields = {
  when: 'schedule-when',
  zone: 'schedule-zone',
  clusters: 'schedule-clusters',
  channel: 'schedule-channel',
} as const;

/** The value that stands for all clusters, also for those that come later. */
export const allClusters = '*';

export interface ScheduleEntries {
  readonly when: string;
  readonly zone: string;
  /** Names, or `*`. */
  readonly clusters: readonly string[];
  readonly channel: string | null;
}

/** `preview`: the next times, or what is not understood; escaped. What was entered stands in the fields again. */
export function scheduleModal(clusters: readonly string[], entries: ScheduleEntries, preview: string): Modal {
  const { when, zone, clusters: chosen, channel } = entries;
  const choices = [
    { plainText: 'All clusters', value: allClusters },
    ...clusters.map((name) => ({ plainText: name, value: name })),
  ];
  return modal({
    id: viewIds.schedule,
    title: 'Add a health post',
    submit: 'Add',
    blocks: [
      input(
        scheduleFields.when,
        'When?',
        textInput(scheduleFields.when, { initial: when, plainPlaceholder: 'weekdays at 9:00', tellsWhile: true }),
        { plainHint: 'Such as daily at 08:30, every 6 hours, or a cron expression: 0 9 * * 1-5', tellsWhile: true },
      ),
      input(
        scheduleFields.zone,
        'In which time zone?',
        textInput(scheduleFields.zone, { initial: zone, plainPlaceholder: 'Europe/Berlin', tellsWhile: true }),
        { tellsWhile: true },
      ),
      section(preview),
      input(
        scheduleFields.clusters,
        'Of which clusters?',
        multiSelect(scheduleFields.clusters, 'Choose', choices, chosen),
      ),
      input(
        scheduleFields.channel,
        'To which channel?',
        channelSelect(scheduleFields.channel, 'Choose a channel', channel),
        {
          plainHint: 'The app has to be in it: /invite @apidown',
        },
      ),
    ],
  });
}
