import { z } from 'zod';

/**
 * What Alertmanager's webhook sends, version 4; of it what is used.
 * Source: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */
export const AlertmanagerPayload = z.object({
  version: z.literal('4'),
  /** How many more there were than `max_alerts` lets through. */
  truncatedAlerts: z.number().int().default(0),
  alerts: z
    .array(
      z.object({
        status: z.enum(['firing', 'resolved']),
        labels: z.record(z.string().max(200), z.string().max(5_000)),
        startsAt: z.iso.datetime({ offset: true }).transform(Date.parse),
        /** The year 1 while it fires. */
        endsAt: z.iso.datetime({ offset: true }).transform(Date.parse).optional(),
        generatorURL: z.string().max(5_000).default(''),
        fingerprint: z.string().max(100).optional(),
      }),
    )
    .max(5_000),
});
export type AlertmanagerPayload = z.infer<typeof AlertmanagerPayload>;
