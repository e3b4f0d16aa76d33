import type { Fault } from '../../../../dev/stand-in/aws.ts';
import { changeSourceContract } from '../../../contracts/change-source.ts';
import { minute, noon, record, stage } from './stage.ts';

const faults: Readonly<Record<string, Fault>> = {
  refused: { kind: 'error', code: 'AccessDenied', status: 403 },
  expired: { kind: 'error', code: 'ExpiredToken', status: 403 },
  limited: { kind: 'error', code: 'ThrottlingException' },
  timedOut: { kind: 'silent' },
  malformed: { kind: 'garbage' },
};

changeSourceContract('aws', {
  troubles: ['refused', 'expired', 'limited', 'unreachable'],
  secrets: ['AKIASECRETSECRET', 'so-very-secret', 'ASIAACCESSKEYOFALICE'],
  async stage(how) {
    const on = await stage({ entry: { hostedZoneIds: ['Z0123'] }, ...(how === 'timedOut' ? { requestMs: 700 } : {}) });
    const at = noon - 30 * minute;
    on.aws.records = [
      record('RevokeSecurityGroupIngress', at, {
        groupId: 'sg-api',
        ipPermissions: {
          items: [
            { ipProtocol: 'tcp', fromPort: 6443, toPort: 6443, ipRanges: { items: [{ cidrIp: '192.0.2.0/24' }] } },
          ],
        },
      }),
    ];
    const fault = faults[how];
    if (fault !== undefined) on.aws.faults.set('*', fault);
    if (how === 'unreachable') await on.aws.close();
    return {
      source: on.source,
      stretch: { fromAt: noon - 60 * minute, toAt: noon - 20 * minute },
      nowAt: noon,
      requests: () => on.aws.asked.length,
      close: on.close,
    };
  },
});
