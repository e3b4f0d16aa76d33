import type { StageState } from '../stage.ts';

/** How the world behind the workspace is, in a few words. */
export function stageWords(kind: StageState['kind']): string {
  switch (kind) {
    case 'starting':
      return 'The cluster is starting …';
    case 'healthy':
      return 'The cluster is healthy';
    case 'breaking':
      return 'It is breaking …';
    case 'broken':
      return 'The API server can’t be reached';
    case 'mending':
      return 'It is being mended …';
    case 'failed':
      return 'The demo itself has failed';
    default:
      return kind satisfies never;
  }
}
