/** What a newcomer comes past, in this order; where one stands still to look. */
export const sights = [
  'stage',
  'outage',
  'card',
  'thread',
  'by-hand',
  'walked',
  'widened',
  'timeline',
  'schedule',
  'home',
  'refused',
  'conclude',
  'concluded',
  'postmortem',
  'health',
] as const;
export type SightName = (typeof sights)[number];

interface TourPicture {
  /** In docs/pictures. */
  readonly file: string;
  readonly sight: SightName;
  readonly size: 'desktop' | 'phone';
  /** This part of the page alone. */
  readonly of?: 'thread';
}

/** The pictures of docs/tour.md, which `npm run pictures` makes. */
export const tour: readonly TourPicture[] = [
  { file: 'tour-01-card.png', sight: 'card', size: 'desktop' },
  { file: 'tour-02-thread.png', sight: 'thread', size: 'desktop', of: 'thread' },
  { file: 'tour-03-modal-by-hand.png', sight: 'by-hand', size: 'desktop' },
  { file: 'tour-04-widened.png', sight: 'widened', size: 'desktop', of: 'thread' },
  { file: 'tour-05-timeline.png', sight: 'timeline', size: 'desktop' },
  { file: 'tour-06-concluded.png', sight: 'concluded', size: 'desktop' },
  { file: 'tour-07-postmortem.png', sight: 'postmortem', size: 'desktop', of: 'thread' },
  { file: 'tour-08-home.png', sight: 'home', size: 'desktop' },
  { file: 'tour-09-schedule.png', sight: 'schedule', size: 'desktop' },
  { file: 'tour-10-phone-dark.png', sight: 'card', size: 'phone' },
];
