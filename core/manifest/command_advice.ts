// What commands are often written wrong, before anything is started. Knows the well-known tools by name; must not
// refuse anything, as a command may be a wrapper of its own.

/** A finding about a command that may still work. */
export interface Advice {
  readonly message: string;
  readonly hint: string;
}

/** Tools that take the word `exec` before their options, and the flags that ask them for a terminal. */
const EXEC_TOOLS: ReadonlySet<string> = new Set(["docker", "podman", "nerdctl", "kubectl", "oc", "lxc", "incus"]);
const EXEC_TERMINAL = /^(-[itd]*t[itd]*|--tty(=true)?|--force-interactive)$/;
const SSH_TERMINAL = /^-t+$/;
const SHELL = /^(.*\/)?(sh|bash|dash|ash|ksh|zsh)$/;
const SHELL_SCRIPT = /^-[a-z]*c$/;

/** What is likely wrong with the words of a command; undefined for most. */
export function commandAdvice(words: readonly string[]): Advice | undefined {
  return terminalAdvice(words) ?? agentAdvice(words);
}

function terminalAdvice(words: readonly string[]): Advice | undefined {
  const dashes = words.indexOf("--");
  const options = dashes < 0 ? words : words.slice(0, dashes);
  const tools = options.map((word) => word.slice(word.lastIndexOf("/") + 1));
  const exec = tools.some((tool) => EXEC_TOOLS.has(tool)) ? options.indexOf("exec") : -1;
  const ssh = tools.indexOf("ssh");
  const inExec = exec < 0 ? undefined : options.slice(exec).find((word) => EXEC_TERMINAL.test(word));
  const inSsh = ssh < 0 ? undefined : options.slice(ssh).find((word) => SSH_TERMINAL.test(word));
  const flag = inExec ?? inSsh;
  if (flag === undefined) return undefined;
  const message = `Command asks for a terminal with '${flag}', which changes the bytes on their way`;
  return { message, hint: inExec ? "Write '-i' alone" : "Leave it out" };
}

/** The word `agent` is appended: it must reach `norouter`, and once. */
function agentAdvice(words: readonly string[]): Advice | undefined {
  if (words.at(-1) === "agent")
    return { message: "Command ends in 'agent', a word that is appended by itself", hint: "Leave it out" };
  const flag = words.findIndex((word, at) => SHELL_SCRIPT.test(word) && SHELL.test(words[at - 1] ?? ""));
  const [script, ...parameters] = flag < 0 ? [] : words.slice(flag + 1);
  if (script === undefined || /\bagent\b/.test(script)) return undefined;
  // The first word after the script is its $0; "agent" is one more at the end.
  const passedOn = parameters.length > 0 ? /\$\{?[@*1-9]/ : /\$\{?0/;
  if (passedOn.test(script)) return undefined;
  const hint = `Write ["sh", "-c", "exec norouter \\"$@\\"", "sh"]: "$@" is the word, and the last "sh" is the script's own name`;
  return { message: "Script does not pass on the word 'agent', which is appended to the command", hint };
}
