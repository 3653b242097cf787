// `JSON.parse` takes the numbers `1.` and `-01`, which are no JSON (ECMA-404 section 8). All else is as it should be.

const WRONG_NUMBER = /-0\d|\d\.(?!\d)/;
const STRING = /"(?:[^"\\]|\\.)*"/gs;

/** Has such numbers refused. */
export function mendJson(): void {
  const native = JSON.parse;
  const parse = (text: string, reviver?: (this: unknown, key: string, value: unknown) => unknown): unknown => {
    const source = `${text}`;
    if (WRONG_NUMBER.test(source) && WRONG_NUMBER.test(source.replace(STRING, '""'))) throw refusal(source);
    return native(source, reviver);
  };
  Object.defineProperty(JSON, "parse", { value: parse, writable: true, configurable: true });
}

/** A text that is wrong before its wrong number fails there. */
function refusal(text: string): SyntaxError {
  return new SyntaxError(`Unexpected number in JSON: ${text.length > 40 ? `${text.slice(0, 40)}...` : text}`);
}
