import { parentPort } from 'node:worker_threads';

// All that bree's job does: the main process acts.
parentPort?.postMessage('tick');
