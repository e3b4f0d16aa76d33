import type { RangePassage } from '../../words/change.ts';
import type { CloudModel, CloudWay } from './model.ts';

/** What becomes of every client's new connection by the rules of the way, in ranges that are treated alike; at most 256. Pure. */
export function cloudPassages(_model: CloudModel, _way: CloudWay): readonly RangePassage[] {
  return [];
}
