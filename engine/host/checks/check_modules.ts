// Imports: modules that are built in, data: URLs, the script itself, and all that is refused.

/** What the script finds when it imports itself. */
export const itself = true;

const load = (name: string) => import(name) as Promise<Record<string, unknown>>;
const url = (text: string) => `data:text/javascript;base64,${host.encodeBase64(host.encodeUtf8(text), false)}`;

expect((await load("node:path")).answer, 42);
expect([(await load("events")).shared, (await load("node:events")) === (await load("events"))], [42, true]);
expect(host.builtinModules.toSorted(), ["node:events", "node:path", "node:tty"]);
expect((host.builtinModule("node:path") as { answer: number }).answer, 42);
for (const name of ["node:http", "path", "engine:none", ""]) expect(host.builtinModule(name), undefined);

// A module that fails does so each time, and is no rejection that nobody handles.
for (let time = 0; time < 2; time++) {
  expectThrow(() => host.builtinModule("node:tty"), Error);
  expect(await load("node:tty").catch((thrown) => String(thrown)), "Error: This module fails");
}

const plugin = url(
  'import { answer } from "node:path"; export default answer + 1; export const at = import.meta.url.slice(0, 9)',
);
expect({ ...(await load(plugin)) }, { at: "data:text", default: 43 });
expect((await load("data:text/javascript,export%20const%20a%20=%20'%41%E2%82%AC%zz'")).a, "A\u20ac%zz");
expect((await load("data:application/javascript;charset=utf-8,export const a = 1")).a, 1);
void load(import.meta.url).then((own) => expect(Object.keys(own), ["itself"]));
expect(import.meta.url.startsWith("file:///"), true);

for (const name of ["node:http", "./x.js", "engine:globals", "data:text/plain,x", "data:text/javascripts,x", "data:", "x", ""]) {
  const error = await load(name).then(
    () => fail(`${name} was loaded`),
    (thrown) => thrown as Error & { code: string },
  );
  expect(error.message, `The agent's engine has no module "${name}"`);
  expect(error.code, name.startsWith("node:") ? "ERR_UNKNOWN_BUILTIN_MODULE" : "ERR_MODULE_NOT_FOUND");
}
expect(await load(url("syntax error")).catch((thrown) => thrown instanceof SyntaxError), true);
expect(await load("data:text/javascript,%ff").catch((thrown) => thrown instanceof SyntaxError), true);
// The host layer is for the program's own file, not for what that loads.
expect(typeof (await load("engine:host")).unshare, "function");
expect(await load(url('import "engine:host"')).catch((thrown) => thrown.code), "ERR_MODULE_NOT_FOUND");
expect(await load(`x${"y".repeat(100_000)}`).catch((thrown) => thrown.message.length < 300), true);
