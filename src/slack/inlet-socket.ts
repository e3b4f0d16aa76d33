import { SocketModeReceiver } from '@slack/bolt';
import type { Log } from '../ops/log.ts';
import type { Inlet } from './inlet.ts';
import { sdkLogger } from './sdk-log.ts';
import { webClientOptions } from './web-call.ts';

/** Well above the time a ping takes, and soon enough to notice a cut. */
const pingTimeoutMs = 2000;

/** Slack's Socket Mode; reconnecting by itself is switched off. */
export function socketInlet({ appToken, apiUrl, log }: { appToken: string; apiUrl?: string; log: Log }): Inlet {
  const logger = sdkLogger(log);
  const receiver = new SocketModeReceiver({
    appToken,
    logger,
    clientPingTimeout: pingTimeoutMs,
    autoReconnectEnabled: false,
    installerOptions: { clientOptions: webClientOptions(logger, apiUrl) },
  });
  const { client } = receiver;
  return {
    receiver,
    start: () => client.start(),
    disconnect: () => client.disconnect(),
    onClosed: (listener) => void client.on('disconnected', listener),
    port: () => null,
  };
}
