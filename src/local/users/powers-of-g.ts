import { G, N, power } from '../../cognito/srp-group.ts';

const WINDOW_BITS = 6;
const WINDOW_SIZE = 2 ** WINDOW_BITS;
const WINDOWS = Math.ceil(256 / WINDOW_BITS);
/** The table takes the time of so many powers, and 1 MB. */
const FEW = 50;

let computed = 0;
let table: readonly (readonly bigint[])[] | undefined;

/**
 * Returns `G ^ exponent mod N` for an exponent of up to 256 bits. After the first few, a table of powers makes it about
 * three times faster than `power`, for pools with thousands of users. Its time depends on the exponent, which is acceptable
 * for the test users of a local pool only.
 */
export function powerOfG(exponent: bigint): bigint {
  if (++computed <= FEW) return power(G, exponent);
  table ??= powersOfG();
  let result = 1n;
  let rest = exponent;
  for (const window of table) {
    const digit = Number(BigInt.asUintN(WINDOW_BITS, rest));
    if (digit > 0) result = (result * (window[digit] ?? 1n)) % N;
    rest >>= BigInt(WINDOW_BITS);
  }
  return result;
}

/** For each window of the exponent, the powers of all digits. */
function powersOfG(): bigint[][] {
  const windows: bigint[][] = [];
  let base = G;
  for (let window = 0; window < WINDOWS; window++) {
    const powers = [1n];
    for (let digit = 1; digit < WINDOW_SIZE; digit++) powers.push(((powers[digit - 1] ?? 1n) * base) % N);
    windows.push(powers);
    base = ((powers[WINDOW_SIZE - 1] ?? 1n) * base) % N;
  }
  return windows;
}
