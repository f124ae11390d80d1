/** Client ids (ULID): 10 characters of time, 16 of chance, in Crockford's base 32; they sort by time of making. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

function chance(count: number): number[] {
  const bytes = new Uint8Array(count);
  crypto.getRandomValues(bytes);
  return Array.from(bytes, (byte) => byte % 32);
}

let lastTime = -1;
let lastChance: number[] = [];

/** Within one millisecond the random part counts up, so that ids made in order stay in order. */
function nextChance(now: number): number[] {
  if (now !== lastTime) return chance(16);
  const next = lastChance.slice();
  for (let i = 15; i >= 0; i--) {
    const digit = next[i] ?? 0;
    next[i] = (digit + 1) % 32;
    if (digit < 31) break;
  }
  return next;
}

export function ulid(clock: () => number = Date.now): string {
  const now = Math.max(clock(), lastTime);
  lastChance = nextChance(now);
  lastTime = now;
  let time = '';
  for (let rest = now, i = 0; i < 10; i++, rest = Math.floor(rest / 32))
    time = ALPHABET.charAt(rest % 32) + time;
  return time + lastChance.map((digit) => ALPHABET.charAt(digit)).join('');
}
