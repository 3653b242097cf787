// The one table of codes. Everything that maps a failure to a SOCKS reply, an HTTP status, an exit code or a sentence reads it
// here, through `errors.ts`.

import { type ErrorRow, row, stuck } from "./error_row.ts";

/** Every error code. Codes are stable: a code is never renamed and a wire number never reused. */
export const ERRORS = {
  refused: row("Connection refused by the target", "Check that the service is running and listens there", { socks: 5, wire: 1 }),
  unreachable: row("Target unreachable", "Check the target's address and the network of the host that dials it", {
    socks: 4,
    wire: 2,
  }),
  "timed-out": row("Target did not answer in time", "Check for a firewall between the host that dials and the target", {
    socks: 4,
    http: 504,
    wire: 3,
  }),
  "name-not-found": row("Target name could not be resolved", "Check the name; 'norouter explain' says who resolves it", {
    socks: 4,
    wire: 4,
  }),
  "too-many-names": row(
    "Too many names are being looked up",
    "Check the name servers of the host: names that they do not answer hold up all others",
    { http: 503, wire: 22 },
  ),
  reset: row("Connection reset by the peer", "See the log of the service; it ended the connection early", { wire: 5 }),
  "host-down": row("Host has no link to the manager", "See why the host failed in the manager's output", { socks: 3, wire: 6 }),
  "link-lost": row("Link to the host was lost while connections were open", "See why the link closed in the manager's output", {
    wire: 7,
  }),
  "host-left": row("Host left the network", "It was taken out of the manifest, or removed while the network ran", { wire: 25 }),
  "not-published": row("Port is not published by the host", "Add the port to the host's 'ports' in the manifest", {
    socks: 2,
    http: 403,
    wire: 8,
  }),
  "too-many-streams": row("Too many connections are open to one host", "Close idle connections", { http: 503, wire: 9 }),
  "flow-violation": row("Peer sent more than it had credit for", "Run the same version of norouter on both sides", {
    exit: 70,
    wire: 10,
  }),
  internal: row("Unexpected failure inside norouter", "Run again with '--debug' and report what it prints", {
    exit: 70,
    wire: 11,
  }),
  denied: row("Permission denied for the target", "Check the rights of the user that the agent runs as", {
    socks: 2,
    http: 403,
    exit: 77,
    wire: 12,
  }),
  "route-refused": row("A route refuses the destination", "See which one with 'norouter explain'", {
    socks: 2,
    http: 403,
    exit: 77,
    wire: 18,
  }),
  "not-routed": row("No route leads to the destination through the host", "See where it leads with 'norouter explain'", {
    socks: 2,
    http: 403,
    wire: 19,
  }),
  "upstream-failed": row("The upstream proxy cannot be used", "Check the proxy of the route's 'via'", { wire: 20 }),
  "upstream-denied": row("The upstream proxy refuses the name and password", "Correct them in the route's 'via'", {
    exit: 77,
    wire: 21,
  }),
  "outside-refused": row("Destination is outside of the network", "Add a route to it, or set the proxy's 'outside' to 'direct'", {
    socks: 2,
    http: 403,
    exit: 77,
  }),

  "proxy-auth": row("The proxy wants a name and a password", "Give the ones of the manifest's 'auth'", {
    socks: 2,
    http: 407,
    exit: 77,
  }),
  "proxy-loop": row("The proxy would connect to itself", "Use the name of a host, not the proxy's own address", { http: 508 }),
  "bad-request": row("Request is not valid HTTP", "Send HTTP/1.1 by the book (RFC 9112)", { http: 400, exit: 65 }),
  "bad-answer": row("The server's answer is not valid HTTP", "Check that the port is that of a web server", { exit: 65 }),
  "slow-client": row("Client did not finish its request in time", "Send it faster, or not at all", { http: 408 }),
  "command-unsupported": row("Command is not supported", "Use CONNECT; SOCKS 'BIND' and 'UDP ASSOCIATE' are not served", {
    socks: 7,
    http: 501,
  }),
  "address-unsupported": row("Kind of address is not supported", "Use an IPv4 or IPv6 address or a name", {
    socks: 8,
    http: 400,
  }),
  "too-many-connections": row("Too many connections are open to the proxy", "Close idle connections", { http: 503 }),

  "agent-not-found": stuck(
    "Host's command was not found",
    "Correct 'cmd', or let the agent be sent: with a key such as 'docker' or 'ssh', or with 'install: true'",
    { wire: 29 },
  ),
  "agent-failed": row("Host's command ended before an agent answered", "Run the command by hand and read what it prints", {
    wire: 30,
  }),
  "agent-silent": row(
    "No agent answered in time",
    "Run the command by hand: it must pass input and output through to 'norouter agent' or, with 'install: true', to a shell",
    { http: 504, wire: 31 },
  ),
  "not-an-agent": stuck(
    "Host's command is not a norouter agent",
    "Make 'cmd' end in this version's 'norouter'; 'agent' is appended to it",
    { wire: 32 },
  ),
  "foreign-agent": stuck(
    "The 'norouter' on the host is another program",
    "Install this version on the host, or let the agent be sent: 'install: true', or a key such as 'docker'",
    { wire: 33 },
  ),
  "agent-unavailable": stuck(
    "There is no agent that could be sent to this kind of host",
    "Install Node, Deno or Bun on the host, or see 'norouter agent bundle'",
    { wire: 34 },
  ),
  "agent-damaged": stuck("Agent did not arrive as it was sent", "Check the disk of the host; it is sent again, less often", {
    wire: 35,
  }),
  "no-place": stuck(
    "Host has no place where the agent could be put and started",
    "Give the host a folder that can be written to and allows programs ('docker run --tmpfs /tmp:exec'), or a JavaScript runtime",
    { wire: 36 },
  ),
  "disk-full": stuck("Host's disk is full", "Make room on the host: 2 MB for an agent, 110 MB for one made with Bun", {
    exit: 74,
    wire: 37,
  }),
  "no-shell": stuck("Host has no shell", "Use an image with 'sh', docker or podman with the engine, or 'cmd' with an agent", {
    wire: 38,
  }),
  "not-a-shell": stuck(
    "Host's command gives no POSIX shell",
    "Look at the account's login shell, at a forced command ('ForceCommand', 'command='), and at what '.bashrc' or '.profile' start",
    { wire: 39 },
  ),
  "password-wanted": {
    ...stuck(
      "Host's command asks for a password",
      "Let it work without one (a key, 'NOPASSWD'), then start norouter again; it is not tried again, as that can lock an account",
      { exit: 77, wire: 40 },
    ),
    again: false,
  },
  "tool-missing": stuck("The program that reaches the host is not installed here", "Install it, or correct the PATH", {
    wire: 41,
  }),
  "settings-refused": stuck("The tool that reaches the host refuses its settings", "Correct the host's key in the manifest", {
    exit: 78,
    wire: 42,
  }),
  "engine-down": row("The engine that runs the host does not answer", "Start the engine, or correct how it is reached", {
    wire: 43,
  }),
  "container-missing": stuck("There is no such container", "Start it, or correct the name in the manifest", { wire: 44 }),
  "container-stopped": row("Container is not running", "Start it; the host joins by itself", { wire: 45 }),
  "container-ended": stuck(
    "Container ended as soon as it was started",
    "Read its log; correct its image, its options or its command",
    { wire: 60 },
  ),
  "image-missing": stuck(
    "The image of the container cannot be had",
    "Check its name and tag, and whether its registry wants a login",
    { wire: 61 },
  ),
  "not-logged-in": stuck("Not logged in", "Log in with the tool itself, then wait or run again", { exit: 77, wire: 46 }),
  "access-denied": stuck("Permission denied by the host or its engine", "Check the user, its keys and its rights", {
    exit: 77,
    wire: 47,
  }),
  "host-key-changed": stuck(
    "The host shows another key than the one that is known",
    "Make sure that the host was changed on purpose, then remove the old key with 'ssh-keygen -R'",
    { exit: 76, wire: 48 },
  ),
  "host-key-unknown": stuck("The host's key is not known", "Log in once by hand with 'ssh' and accept the key", {
    exit: 76,
    wire: 49,
  }),
  "host-unreachable": row("Host cannot be reached", "Check its name, its address and the network", { socks: 4, wire: 50 }),
  "terminal-in-path": stuck(
    "A terminal between manager and agent changes the bytes",
    "Take '-t' out of the command ('docker exec -i', 'ssh -T'), and 'script' or the like out of the login",
    { wire: 51 },
  ),
  "link-echo": stuck(
    "Host's command sends the manager's own bytes back",
    "Make 'cmd' end in 'norouter', not in a program that copies its input",
    { wire: 52 },
  ),
  "protocol-mismatch": stuck(
    "Manager and agent speak different versions of the protocol",
    "Install the same version of norouter on the host",
    { wire: 24 },
  ),
  "malformed-frame": row(
    "Bytes on the link are not a valid frame",
    "Check that nothing else writes to the agent's standard output",
    { exit: 70, wire: 15 },
  ),
  "spoofed-frame": row(
    "Frame claims to come from another host",
    "Treat the host as hostile; it does not run an unchanged norouter",
    { exit: 70, wire: 16 },
  ),
  "start-timeout": row("Host was not ready in time", "See how far its start came with 'norouter status'; or let it wait longer", {
    socks: 4,
    http: 504,
    wire: 27,
  }),
  "start-failed": row("What the host runs in could not be started", "Read what its starter says in 'norouter logs'", {
    wire: 28,
  }),
  "link-silent": row("Link is open but nothing arrives", "Check the host and the network below the command", {
    http: 504,
    wire: 17,
  }),
  "link-closed": row("Link ended", "Read the exit code and the last lines of the host's command", { wire: 13 }),
  "manager-gone": row("Manager went away", "Start 'norouter run' again", { wire: 14 }),

  "address-in-use": row(
    "Address is already in use",
    "Stop the program that has it, or choose another address or port; set 'loopback.disable' where hosts share a network",
    {},
  ),
  "address-unavailable": row(
    "Address does not exist on this machine",
    "Add it to the loopback interface (macOS: 'sudo ifconfig lo0 alias ADDRESS')",
    {},
  ),
  "address-denied": row(
    "Not allowed to listen on the address",
    "Publish a port of 1024 or above, or allow low ports on the host",
    { exit: 77 },
  ),
  "file-denied": row("File may not be written", "Check the rights of the agent's user, or name another place", { exit: 77 }),
  "file-failed": row("File cannot be written", "Check the path and the disk of the host", { exit: 74 }),
  "out-of-memory": stuck("Host has no memory left for it", "Give the host more memory", { http: 503, exit: 71, wire: 26 }),
  "too-many-files": row("Process may not open more files", "Raise the limit with 'ulimit -n'", { http: 503, exit: 71, wire: 23 }),

  "journal-missing": row("Journal cannot be read", "Check its path, or the name of the network", { http: 500, exit: 66 }),
  "journal-in-use": row("Another process writes the journal", "Stop its network, or name another journal", { http: 500 }),
  "journal-invalid": row("Journal cannot be used", "Name another, or move a damaged one away to begin anew", {
    http: 500,
    exit: 65,
  }),

  "manifest-missing": row("Manifest cannot be read", "Check the path; '-' reads standard input", { http: 500, exit: 66 }),
  "manifest-invalid": row("Manifest is not valid", "Correct the lines shown; 'norouter check' lists them all", {
    http: 422,
    exit: 65,
  }),
  "plugin-missing": row("Plugin cannot be loaded", "Check its path or install its package beside the manifest", {
    http: 422,
    exit: 66,
  }),
  "plugin-invalid": row("Plugin cannot be used", "Compare the plugin with docs/plugins.md, or run 'norouter verify' on it", {
    http: 422,
    exit: 70,
  }),
  "no-transport": row("No transport claims the host", "Give the host a key that a transport serves, such as 'cmd'", {
    http: 422,
    exit: 65,
  }),
  "no-rule": row("No rule reads the route", "Give the route a key that a rule serves, such as 'to'", { http: 422, exit: 65 }),
  "rule-failed": row("A rule cannot say what its route is about", "Correct the rule's key in the manifest", {
    http: 422,
    exit: 65,
  }),
  "command-refused": row(
    "Command does not fit the present state",
    "Nothing has changed; 'norouter status' shows the network and its hosts",
    { http: 409 },
  ),
  "name-taken": row(
    "Another network that runs has the name",
    "Choose another '--name', or stop that network with 'norouter stop --name NAME'",
    { http: 409 },
  ),
  "no-network": row("No such network runs here", "Start it with 'norouter run', or give another '--name'", { http: 404 }),
  "no-host": row("There is no such host in the network", "See which hosts there are with 'norouter status'", { http: 404 }),
  "no-resource": row("There is no such path in the API", "See docs/api.md, or GET /v1/openapi.json", { http: 404, exit: 64 }),
  "method-refused": row("The path has no such method", "See docs/api.md, or GET /v1/openapi.json", { http: 405, exit: 64 }),
  "too-large": row("Request is larger than what is taken", "Send less; a manifest has at most 1 MiB", { http: 413, exit: 65 }),
  usage: row("Command line or request is not valid", "See 'norouter --help'; requests to a running network are in docs/api.md", {
    http: 400,
    exit: 64,
  }),
} as const satisfies Record<string, ErrorRow>;

/** One of the codes of {@link ERRORS}. */
export type ErrorCode = keyof typeof ERRORS;
