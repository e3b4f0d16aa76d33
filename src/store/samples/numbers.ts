import { Buffer } from 'node:buffer';

export interface Writer {
  byte(value: number): void;
  /** A whole number from 0 to 2^53 - 1; small ones take one byte. */
  count(value: number): void;
  /** Any number, exactly; tenths and thousandths that are not negative take a few bytes, all others nine. */
  duration(value: number): void;
  bytes(): Uint8Array;
}

export interface Reader {
  byte(): number;
  count(): number;
  duration(): number;
  ended(): boolean;
}

/** How a duration is written: the two lowest bits of its first number. */
const TENTHS = 0;
const THOUSANDTHS = 1;
const EXACT = 2;

export function writer(): Writer {
  const out: number[] = [];
  const count = (value: number): void => {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) out.push((rest % 0x80) | 0x80);
    out.push(rest);
  };
  return {
    byte: (value) => void out.push(value),
    count,
    duration(value) {
      const tenths = Math.round(value * 10);
      const thousandths = Math.round(value * 1_000);
      if (writes(tenths) && tenths / 10 === value) count(tenths * 4 + TENTHS);
      else if (writes(thousandths) && thousandths / 1_000 === value) count(thousandths * 4 + THOUSANDTHS);
      else {
        count(EXACT);
        const exact = Buffer.alloc(8);
        exact.writeDoubleLE(value);
        out.push(...exact);
      }
    },
    bytes: () => Uint8Array.from(out),
  };
}

/** -0 is not 0 to whoever asks for what was added. */
function writes(value: number): boolean {
  return value >= 0 && value < 2 ** 40 && !Object.is(value, -0);
}

/** All of it throws RangeError where the bytes end too early. */
export function reader(bytes: Buffer): Reader {
  let at = 0;
  const byte = (): number => {
    at += 1;
    return bytes.readUInt8(at - 1);
  };
  const count = (): number => {
    let value = 0;
    for (let unit = 1; ; unit *= 0x80) {
      const next = byte();
      value += (next & 0x7f) * unit;
      if (next < 0x80) return value;
    }
  };
  return {
    byte,
    count,
    duration() {
      const written = count();
      const kind = written % 4;
      const value = Math.floor(written / 4);
      if (kind === TENTHS) return value / 10;
      if (kind === THOUSANDTHS) return value / 1_000;
      at += 8;
      return bytes.readDoubleLE(at - 8);
    },
    ended: () => at >= bytes.length,
  };
}
