import { Buffer } from 'node:buffer';
import type { SeeSample } from '../../changes/ports.ts';
import type { Sample } from '../../words/onset.ts';
import { readPacked } from '../json.ts';
import { failureCode, failureOf, PHASE_ORDER } from './codes.ts';
import { type Reader, reader, type Writer, writer } from './numbers.ts';

/** Samples of one series are kept together by the stretch of time in which they began. */
const CHUNK_MS = 300_000;

export function chunkOf(at: number): number {
  return Math.floor(at / CHUNK_MS);
}

/** Names the layout below; a row with another first byte was written by another version. */
const LAYOUT = 1;

/**
 * One byte of flags, the time since the sample before it, the durations of the flagged phases, and the failure if there
 * is one. All that is in a sample comes back as it was; times in whole milliseconds. In order of time.
 */
export function pack(chunk: number, samples: readonly Sample[]): Uint8Array {
  const out = writer();
  out.byte(LAYOUT);
  let before = chunk * CHUNK_MS;
  for (const sample of samples) {
    out.byte(flagsOf(sample));
    out.count(sample.at - before);
    before = sample.at;
    writeDurations(out, sample);
    if (sample.failure !== null) out.byte(failureCode(sample.failure));
  }
  return out.bytes();
}

/** @throws UnreadableRowError for bytes that `pack` did not write */
export function unpack(chunk: number, packed: Uint8Array): readonly Sample[] {
  return readPacked(() => samplesIn(chunk, packed), `samples of ${new Date(chunk * CHUNK_MS).toISOString()}`);
}

/**
 * Shows each sample without making an object of it: a day of a large fleet has millions.
 * @throws UnreadableRowError for bytes that `pack` did not write
 */
export function visitPacked(chunk: number, packed: Uint8Array, see: SeeSample): void {
  readPacked(() => visitIn(chunk, packed, see), `samples of ${new Date(chunk * CHUNK_MS).toISOString()}`);
}

/** @throws RangeError */
function visitIn(chunk: number, packed: Uint8Array, see: SeeSample): void {
  const bytes = reader(Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength));
  readLayout(bytes);
  const phases = new Float64Array(PHASE_ORDER.length);
  let at = chunk * CHUNK_MS;
  while (!bytes.ended()) {
    const flags = bytes.byte();
    at += bytes.count();
    const tookMs = bytes.duration();
    for (let index = 0; index < phases.length; index++) {
      phases[index] = (flags & phaseFlag(index)) === 0 ? Number.NaN : bytes.duration();
    }
    if ((flags & FAILED) !== 0) bytes.byte();
    see(at, tookMs, (flags & GOOD) !== 0, phases);
  }
}

/** @throws RangeError */
function samplesIn(chunk: number, packed: Uint8Array): readonly Sample[] {
  const bytes = reader(Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength));
  readLayout(bytes);
  const samples: Sample[] = [];
  let at = chunk * CHUNK_MS;
  while (!bytes.ended()) {
    const flags = bytes.byte();
    at += bytes.count();
    const tookMs = bytes.duration();
    const phases = readPhases(bytes, flags);
    const failure = (flags & FAILED) === 0 ? null : failureOf(bytes.byte());
    samples.push({ at, tookMs, good: (flags & GOOD) !== 0, failure, phases });
  }
  return samples;
}

function readLayout(bytes: Reader): void {
  const layout = bytes.byte();
  if (layout !== LAYOUT) throw new RangeError(`layout ${layout} of packed samples is not known`);
}

const GOOD = 1;
const FAILED = 2;
const phaseFlag = (index: number): number => 4 << index;

function flagsOf({ good, failure, phases }: Sample): number {
  let flags = (good ? GOOD : 0) | (failure === null ? 0 : FAILED);
  for (const [index, phase] of PHASE_ORDER.entries()) if (phases[phase] !== undefined) flags |= phaseFlag(index);
  return flags;
}

function writeDurations(out: Writer, { tookMs, phases }: Sample): void {
  out.duration(tookMs);
  for (const phase of PHASE_ORDER) {
    const ms = phases[phase];
    if (ms !== undefined) out.duration(ms);
  }
}

function readPhases(bytes: Reader, flags: number): Sample['phases'] {
  const phases: Sample['phases'] = {};
  for (const [index, phase] of PHASE_ORDER.entries()) {
    if ((flags & phaseFlag(index)) !== 0) phases[phase] = bytes.duration();
  }
  return phases;
}
