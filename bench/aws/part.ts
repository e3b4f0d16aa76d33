import { MOST_AN_HOUR } from '../../src/changes/sources/aws/pace.ts';
import { type AwsStage, minute, never, noon, record, stage } from '../../test/changes/sources/aws/stage.ts';
import { ms, type Part } from '../figures.ts';
import { max } from '../spread.ts';

export const awsTitle = 'What AWS is asked';
const hours = 3;
const pages = 10;
const perPage = 50;
/** Source: quota of LookupEvents, for an account and region. */
const lookupsASecond = 2;

/** Against a stand-in on loopback that counts. */
export async function measureAws(): Promise<Part> {
  const [alone, global] = [await steadyHour('eu-west-1'), await steadyHour('us-east-1')];
  const paged = await manyPages();
  return {
    kind: 'measured',
    title: awsTitle,
    notes: [
      `A network load balancer before three nodes, looked at for ${hours} hours on a clock of its own; the fullest hour counts. With Route 53, which is asked in us-east-1 too.`,
      `LookupEvents: ${pages} pages of ${perPage} events, by the real clock; the fullest second as the server saw it. Beside it what the quota would take at the least.`,
    ],
    figures: [
      hourly('requests of a steady hour, account and region', alone),
      hourly('the same in us-east-1, Route 53 included', global),
      {
        what: 'LookupEvents, fullest second',
        measured: { value: paged.inASecond, unit: '/s' },
        reference: null,
        limit: { kind: 'atMost', value: lookupsASecond },
      },
      {
        what: `${pages} pages of history`,
        measured: ms(paged.tookMs),
        reference: { what: 'by the quota', amount: ms(((pages - 1) / lookupsASecond) * 1_000) },
        limit: null,
      },
    ],
  };
}

function hourly(what: string, value: number) {
  return {
    what,
    measured: { value, unit: '/h' },
    reference: null,
    limit: { kind: 'atMost', value: MOST_AN_HOUR },
  } as const;
}

async function steadyHour(region: string): Promise<number> {
  return staged({ entry: { region, hostedZoneIds: ['Z0123'] } }, async (on) => {
    const times: number[] = [];
    for (let at = noon; at < noon + hours * 60 * minute; at += on.source.lookEveryMs) {
      on.clock.at = at;
      const before = on.aws.asked.length;
      await on.source.look({ fromAt: at - 20 * minute, toAt: at }, never);
      const own = on.aws.asked.slice(before).filter((one) => one.region === region);
      times.push(...own.map(() => at));
    }
    return fullest(times, 60 * minute);
  });
}

async function manyPages(): Promise<{ inASecond: number; tookMs: number }> {
  return staged({ pauseMs: undefined }, async (on) => {
    on.aws.records = Array.from({ length: pages * perPage }, (_, n) =>
      record('DeleteRoute', noon - 20 * minute - n * 1_000, {
        routeTableId: 'rtb-other',
        destinationCidrBlock: '10.9.0.0/16',
      }),
    );
    const startedAt = performance.now();
    await on.source.look({ fromAt: noon - 60 * minute, toAt: noon }, never);
    const lookups = on.aws.asked.filter(({ action }) => action === 'cloudtrail:LookupEvents').map(({ at }) => at);
    return { inASecond: fullest(lookups, 1_000), tookMs: performance.now() - startedAt };
  });
}

function fullest(times: readonly number[], withinMs: number): number {
  return max(times.map((from) => times.filter((at) => at >= from && at < from + withinMs).length));
}

async function staged<T>(options: Parameters<typeof stage>[0], work: (on: AwsStage) => Promise<T>): Promise<T> {
  const on = await stage(options);
  try {
    return await work(on);
  } finally {
    await on.close();
  }
}
