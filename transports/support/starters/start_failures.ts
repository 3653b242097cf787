// What docker and podman say when a container cannot be made or started, and what it means. The tools are asked with LC_ALL=C.

import { NoRouterError } from "../../../core/mod.ts";
import type { ToolFailure } from "../tool_failures.ts";

const NO_PROGRAM =
  /create failed: .*exec: "(.+?)": (?:executable file not found|(?:stat|lstat) .*no such file|permission denied)/;
const NOT_FOUND_BY_CRUN = /executable file `(?!sh`)(\S+?)` not found/;
const NO_DISK = /(?:^docker: |Error: |Error response from daemon: ).*(?:no space left on device|disk quota exceeded)/im;
const IN_USE =
  /(?:listen|bind).* (\S+?:\d+)(?:[:/]\S+)?: (?:bind: )?address already in use|Bind for (\S+) failed: port is already allocated/;
const NETWORK_TROUBLE = /dial tcp|client\.timeout|tls handshake|x509|unexpected status|toomanyrequests|unauthorized|EOF/.source;
const FROM_REGISTRY = new RegExp(
  `Unable to find image '(.+?)' locally[\\s\\S]*Error response from daemon: (.*(?:${NETWORK_TROUBLE}).*)`,
  "i",
);

/** How it is told that another container has the name. */
const NAME_TAKEN = "There is another container";

/** Whether another container has the name of the one that was to be made. */
export function isNameTaken(thrown: unknown): boolean {
  return thrown instanceof NoRouterError && thrown.message.startsWith(NAME_TAKEN);
}

/** In order, before what the tool says of a command in a container. */
export const START_FAILURES: readonly ToolFailure[] = [
  { says: NO_DISK, code: "disk-full", message: "Disk of the container engine is full" },
  { says: IN_USE, code: "address-in-use", message: "Container cannot have the port $1$2: it is in use" },
  { says: NO_PROGRAM, code: "settings-refused", message: 'Image has no program "$1" that can be started' },
  { says: NOT_FOUND_BY_CRUN, code: "settings-refused", message: 'Image has no program "$1" that can be started' },
  {
    says: /container name "\/?(.+?)" is already in use/,
    code: "settings-refused",
    message: `${NAME_TAKEN} "$1"`,
  },
  { says: /is marked for removal/, code: "container-stopped", message: "Container is being removed" },
  {
    says: /pull access denied for (\S+?),|docker:\/\/(\S+): .*(?:access to the resource is denied|unauthorized|authentication required)/,
    code: "image-missing",
    message: 'There is no image "$1$2", or its registry wants a login',
  },
  {
    says: /manifest for (\S+) not found|docker:\/\/(\S+): .*(?:manifest unknown|not found)/,
    code: "image-missing",
    message: 'There is no image "$1$2"',
  },
  {
    says: /No such image: (\S+)|^Error: (\S+): image not known/m,
    code: "image-missing",
    message: 'There is no image "$1$2"',
  },
  { says: FROM_REGISTRY, code: "image-missing", message: 'Image "$1" cannot be had: $2' },
  {
    says: /^Error: (?:.*: )?(?:initializing source|writing blob|copying system image).* docker:\/\/(\S+): (.+)/m,
    code: "image-missing",
    message: 'Image "$1" cannot be had: $2',
  },
  {
    says: /short-name "(.+?)" did not resolve/,
    code: "image-missing",
    message: 'There is no image "$1", and no registry is set for names without one',
  },
  {
    says: /((?:invalid reference format|repository name).*)/,
    code: "settings-refused",
    message: "Image has no valid name: $1",
  },
];

/** What `run` says of its options, or of anything else; the last ones. */
export const RUN_FAILURES: readonly ToolFailure[] = [
  {
    says: /^(?:Error: )?((?:unknown (?:shorthand )?flag|invalid argument|flag needs an argument|invalid value).*)/m,
    code: "settings-refused",
    message: "'run' refuses its options: $1",
  },
  {
    says: /^docker: (?:Error response from daemon: )?(.+)/m,
    code: "settings-refused",
    message: "Container cannot be made: $1",
  },
];
