import { changeSourceContract } from '../../contracts/change-source.ts';
import { change, minute, T } from '../../correlation/given.ts';
import { ledgerSource, serveLedger } from '../../fakes/ledger.ts';

/** The contract is held to something that is known to keep it. */
changeSourceContract('ledger', {
  troubles: ['refused', 'expired', 'limited', 'unreachable', 'gone'],
  async stage(how) {
    const ledger = await serveLedger(
      [-1, -5, -70].map((minutes) =>
        change({ id: `ledger:${minutes}`, at: T + minutes * minute, category: 'security-group' }),
      ),
    );
    ledger.behave(how);
    const source = ledgerSource({
      url: ledger.url,
      clusters: ['prod', 'stage'],
      clock: () => T,
      lateMs: 3 * minute,
      patienceMs: 1_000,
    });
    return {
      source,
      stretch: { fromAt: T - 10 * minute, toAt: T },
      nowAt: T,
      requests: ledger.requests,
      close: ledger.close,
    };
  },
});
