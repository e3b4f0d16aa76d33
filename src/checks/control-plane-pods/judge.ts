import type { Finding } from '../../words/evidence.ts';
import type { JudgeInput } from '../contract.ts';
import type { ControlPlanePodsFacts, ControlPlanePodsParams } from './contract.ts';
import { judgeFromApi } from './from-api.ts';
import { judgeFromNode } from './from-node.ts';

/** Are the API server's pods running and not restarting, and the rest of the control plane? */
export function judgeControlPlanePods({ facts }: JudgeInput<ControlPlanePodsParams, ControlPlanePodsFacts>): Finding {
  switch (facts.source) {
    case 'api':
      return judgeFromApi(facts);
    case 'node-files':
      return judgeFromNode(facts);
  }
}
