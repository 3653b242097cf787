// Sets of code points as short texts: pairs of a gap and a length, in digits to the base of 32. The last digit of a number is a capital.

const DIGITS = "0123456789abcdefghijklmnopqrstuv";
const LAST_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ!#$%&(";

/** Whether a code point is in the set. */
export type CodePoints = (codePoint: number) => boolean;

/** The set that a text stands for, which is read when it is asked first. */
export function codePoints(text: string): CodePoints {
  let bounds: number[] | undefined;
  return (codePoint) => {
    bounds ??= boundsOf(text);
    let [low, high] = [0, bounds.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((bounds[middle] ?? 0) <= codePoint) low = middle + 1;
      else high = middle;
    }
    // An odd number of bounds at or before it: a range has begun and not ended.
    return low % 2 === 1;
  };
}

/** Where ranges begin and end, in turn. */
function boundsOf(text: string): number[] {
  const bounds: number[] = [];
  let at = 0;
  let number = 0;
  for (const digit of text) {
    const last = LAST_DIGITS.indexOf(digit);
    number = number * DIGITS.length + (last < 0 ? DIGITS.indexOf(digit) : last);
    if (last < 0) continue;
    at += number;
    bounds.push(at);
    number = 0;
  }
  return bounds;
}

/** The text of a set. @param sorted Code points in ascending order */
export function textOf(sorted: readonly number[]): string {
  let text = "";
  let end = 0;
  for (let at = 0; at < sorted.length; ) {
    const first = sorted[at] ?? 0;
    let length = 1;
    while (sorted[at + length] === first + length) length += 1;
    text += digitsOf(first - end) + digitsOf(length);
    end = first + length;
    at += length;
  }
  return text;
}

function digitsOf(number: number): string {
  const last = LAST_DIGITS[number % DIGITS.length] ?? "";
  return number < DIGITS.length ? last : digitsAbove(Math.floor(number / DIGITS.length)) + last;
}

function digitsAbove(number: number): string {
  return (number < DIGITS.length ? "" : digitsAbove(Math.floor(number / DIGITS.length))) + (DIGITS[number % DIGITS.length] ?? "");
}
