/** Of the picture: told apart on paper and by most eyes; shapes say the same. */
export const colours = {
  paper: '#ffffff',
  ink: '#1d1c1d',
  faint: '#616061',
  grid: '#e2e2e2',
  window: '#dbe9f6',
  outage: '#f9d7d5',
  onset: '#c01c28',
  explains: '#c01c28',
  possible: '#b35c00',
  coincides: '#8d8d8d',
  contradicted: '#8d8d8d',
  ok: '#1a7f37',
} as const;
