import type { AwsEntry } from '../entry.ts';
import type { Pace } from '../pace.ts';
import { asker, type Patience } from './ask.ts';
import { type Balancers, balancers } from './balancers.ts';
import { type AwsClients, awsClients } from './clients.ts';
import { type Network, network } from './network.ts';
import { type Others, others } from './others.ts';

/** All that is asked of one account in one region. */
export interface AwsApi {
  readonly network: Network;
  readonly balancers: Balancers;
  readonly others: Others;
}

export interface OpenAws {
  /** Asks at this pace. */
  at(pace: Pace): AwsApi;
  /** How many requests were made. */
  requests(): number;
  /** Gets credentials anew the next time: those that were kept are over, and may have been renewed meanwhile. */
  forget(): void;
  close(): void;
}

/** Loads and asks nothing by itself. */
export function openAws(entry: AwsEntry, patience: Patience): OpenAws {
  let clients: AwsClients = awsClients(entry);
  let made = 0;
  const onRequest = () => {
    made += 1;
  };
  return {
    requests: () => made,
    at(pace) {
      const asking = asker(pace, patience, onRequest);
      return {
        network: network(clients, asking),
        balancers: balancers(clients, asking),
        others: others(clients, asking),
      };
    },
    forget() {
      clients.close();
      clients = awsClients(entry);
    },
    close: () => clients.close(),
  };
}
