// Commands that are often written wrong, and those that only look like them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { split } from "shlex";
import { commandAdvice } from "./command_advice.ts";

const adviceOn = (line: string) => {
  return commandAdvice(split(line))?.message;
};

test("a command that asks for a terminal", () => {
  for (const [line, flag] of [
    ["docker exec -it web norouter", "-it"],
    ["docker exec -i -t web norouter", "-t"],
    ["docker run --rm -it image norouter", "-it"],
    ["docker exec -itu root web norouter", "-itu"],
    ["docker compose exec web norouter", "compose exec"],
    ["sudo /usr/bin/podman exec -u root -ti web norouter", "-ti"],
    ["kubectl -n prod exec --tty web-0 -i -- norouter", "--tty"],
    ["kubectl exec web-0 -it -- norouter", "-it"],
    ["lxc exec web -t -- norouter", "-t"],
    ["ssh -tt me@web norouter", "-tt"],
    ["ssh -At me@web norouter", "-At"],
    ["ssh -o RequestTTY=force me@web norouter", "RequestTTY=force"],
    ["ssh build docker exec -it web norouter", "-it"],
  ] as const) {
    assert.equal(adviceOn(line), `Command asks for a terminal with '${flag}', which changes the bytes on their way`, line);
  }
});

test("a command that only a shell would understand", () => {
  for (const [line, word] of [
    ["cat key | docker exec -i web norouter", "|"],
    ["cd /srv && norouter", "&&"],
    ["cd /srv; norouter", "/srv;"],
    ["norouter 2>/dev/null", "2>/dev/null"],
    ["~/bin/norouter", "~/bin/norouter"],
    ["$HOME/bin/norouter", "$HOME/bin/norouter"],
    ["docker exec -i `id` norouter", "`id`"],
    ["docker exec -i web* norouter", "web*"],
    ["docker exec -i we? norouter", "we?"],
    ["docker exec -i {web,db} norouter", "{web,db}"],
    ["docker exec -i web norouter # mine", "#"],
    ["cd /srv", "cd"],
    ["exec docker exec -i web norouter", "exec"],
  ] as const)
    assert.equal(adviceOn(line), `Command holds '${word}', and no shell reads it`, line);
  assert.equal(adviceOn("TOKEN=x docker exec -i web norouter"), "Command begins with 'TOKEN=...', and no shell reads it");
  for (const line of [
    "env TOKEN=x docker exec -i web norouter",
    "ssh web 'cd /srv && norouter*'",
    `kubectl run web -i --overrides='{"a":1,"b":2}' -- norouter`,
    "docker -H http://box/?a=b exec -i web norouter",
    "docker exec -i {{.ID}} norouter",
  ])
    assert.equal(adviceOn(line), undefined, line);
  for (const line of ["ssh web ~/bin/norouter", "ssh web 'cd /srv && norouter'", 'sh -c "cd $HOME && exec norouter agent"'])
    assert.equal(adviceOn(line), undefined, line);
});

test("a command that does not", () => {
  for (const line of [
    "docker exec -i web norouter",
    "docker exec -i -e TERM=t web norouter",
    "docker exec -i web timeout -t 5 norouter",
    "docker compose exec -T web norouter",
    "docker exec -i=true web norouter",
    "kubectl exec -n prod deploy/web -c app -i -- norouter",
    "oc exec -n p web --stdin=true -- norouter",
    "lxc exec web --mode=non-interactive norouter",
    "kubectl exec -i web-0 -- tool -t norouter",
    "lxc exec web -T -- norouter",
    "ssh -T me@web norouter",
    "ssh -i key -p 22 web timeout -t 5 norouter",
    "ssh web norouter",
    "norouter",
    "agent",
    "ssh -l me agent",
  ]) {
    assert.equal(adviceOn(line), undefined, line);
  }
});

test("a command without standard input, and one that names no program", () => {
  for (const line of ["docker exec web norouter", "podman exec -u root web norouter", "kubectl exec web-0 -- norouter"])
    assert.equal(adviceOn(line), "Command gives the agent no standard input", line);
  for (const line of ["docker exec -i web", "podman exec -i -u root", "lxc exec web"])
    assert.equal(adviceOn(line), "Command names no program on the host", line);
});

test("the word agent is lost, or there twice", () => {
  const lost = "Script does not pass on the word 'agent', which is appended to the command";
  const twice = "Command ends in 'agent', a word that is appended by itself";
  const cut = "ssh joins its words with spaces, so that the script ends at its first space";
  for (const [line, message] of [
    ["docker exec -i web norouter agent", twice],
    ["sh -c norouter", lost],
    [`bash -lc 'exec norouter "$@"'`, lost],
    [`bash -o pipefail -c 'exec norouter' bash`, lost],
    [`docker exec -i web sh -c 'exec norouter' sh`, lost],
    [`ssh web sh -c 'exec norouter "$@"' sh`, cut],
    [`sh -c 'exec norouter "$@"' sh`, undefined],
    ["sh -c 'exec norouter agent'", undefined],
    ["sh -c 'norouter $0'", undefined],
    [`ssh web sh -c "'exec norouter \\"\\$@\\"' sh"`, undefined],
    ["tar -c norouter", undefined],
    ["sh -c 'exec my-wrapper'", undefined],
  ] as const) {
    assert.equal(adviceOn(line), message, line);
  }
});

test("a prefix that is no prefix", () => {
  const advice = (line: string) => commandAdvice(line.split(" "), true)?.message;
  const message = "Command ends in 'norouter', but 'install' makes it the prefix of a shell command";
  for (const line of ["docker exec -i web norouter", "ssh web /usr/bin/norouter", "ssh web norouter agent"])
    assert.equal(advice(line), message, line);
  for (const line of ["docker exec -i web", "ssh web", "sh -c exec"]) {
    assert.equal(advice(line), undefined, line);
  }
  assert.match(advice("docker exec -it web") ?? "", /terminal with '-it'/);
});
