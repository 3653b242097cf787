// Punycode (RFC 3492): text in the letters of host names, without its prefix `xn--`.

const BASE = 36;
const LEAST = 1;
const MOST = 26;
const SKEW = 38;
const DAMP = 700;
const FIRST_BIAS = 72;
const FIRST_CODE_POINT = 0x80;
const LAST_CODE_POINT = 0x10ffff;
const LARGEST = 2 ** 31 - 1;

/** How steep the thresholds are from here on (section 6.1). */
function adapted(delta: number, count: number, isFirst: boolean): number {
  let rest = isFirst ? Math.floor(delta / DAMP) : delta >> 1;
  rest += Math.floor(rest / count);
  let steps = 0;
  for (; rest > ((BASE - LEAST) * MOST) >> 1; steps += BASE) rest = Math.floor(rest / (BASE - LEAST));
  return steps + Math.floor(((BASE - LEAST + 1) * rest) / (rest + SKEW));
}

function threshold(k: number, bias: number): number {
  return Math.min(Math.max(k - bias, LEAST), MOST);
}

/** A text as punycode. */
export function encoded(text: string): string {
  const input = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  const basic = input.filter((one) => one < FIRST_CODE_POINT);
  let output = basic.length > 0 ? `${basic.map((one) => String.fromCharCode(one)).join("")}-` : "";
  let next = FIRST_CODE_POINT;
  let delta = 0;
  let bias = FIRST_BIAS;
  for (let handled = basic.length; handled < input.length; ) {
    const lowest = input.reduce((least, one) => (one >= next && one < least ? one : least), LAST_CODE_POINT);
    delta += (lowest - next) * (handled + 1);
    next = lowest;
    for (const one of input) {
      if (one < next) delta += 1;
      if (one !== next) continue;
      output += variableNumber(delta, bias);
      bias = adapted(delta, handled + 1, handled === basic.length);
      delta = 0;
      handled += 1;
    }
    delta += 1;
    next += 1;
  }
  return output;
}

function variableNumber(number: number, bias: number): string {
  let digits = "";
  let rest = number;
  for (let k = BASE; ; k += BASE) {
    const most = threshold(k, bias);
    if (rest < most) return digits + asDigit(rest);
    const digit = most + ((rest - most) % (BASE - most));
    digits += asDigit(digit);
    rest = Math.floor((rest - most) / (BASE - most));
  }
}

/** Letters for 0 to 25, and digits after them. */
function asDigit(value: number): string {
  return String.fromCharCode(value < 26 ? 0x61 + value : 0x30 + value - 26);
}

function digitValue(digit: number): number {
  if (digit >= 0x61 && digit <= 0x7a) return digit - 0x61;
  return digit >= 0x30 && digit <= 0x39 ? digit - 0x30 + 26 : BASE;
}

/** The text that punycode in small letters stands for; undefined for what is none. */
export function decoded(punycode: string): string | undefined {
  const cut = punycode.lastIndexOf("-");
  const output = Array.from(punycode.slice(0, Math.max(cut, 0)), (character) => character.codePointAt(0) ?? 0);
  if (output.some((one) => one >= FIRST_CODE_POINT)) return undefined;
  let next = FIRST_CODE_POINT;
  let place = 0;
  let bias = FIRST_BIAS;
  for (let at = cut + 1; at < punycode.length; ) {
    const before = place;
    for (let weight = 1, k = BASE; ; k += BASE) {
      const digit = digitValue(punycode.charCodeAt(at++));
      place += digit * weight;
      if (!(digit < BASE) || place > LARGEST) return undefined;
      const most = threshold(k, bias);
      if (digit < most) break;
      weight *= BASE - most;
    }
    bias = adapted(place - before, output.length + 1, before === 0);
    next += Math.floor(place / (output.length + 1));
    place %= output.length + 1;
    if (next > LAST_CODE_POINT || (next >= 0xd800 && next < 0xe000)) return undefined;
    output.splice(place++, 0, next);
  }
  return String.fromCodePoint(...output);
}
