// A network in this process with its API on a socket of its own, for tests of the API and of what asks it.
import { join } from "node:path";
import type { InProcess, InProcessOptions, inProcess } from "../../conformance/in_process.ts";
import { createControl, type OwnControl } from "../../core/control.ts";
import { parseManifest } from "../../core/manifest/mod.ts";
import type { Observer } from "../../core/plugin/observer.ts";
import { type ApiAnswer, type ApiRequest, RefusedRequest, request } from "../../plugins/api/client.ts";
import { type ApiOptions, apiPlugin } from "../../plugins/api/mod.ts";
import { onEnd, tempDir } from "./lifetime.ts";

/** A network with an API. */
export interface ApiNetwork {
  readonly world: InProcess;
  readonly control: OwnControl;
  /** The name that was had, and the socket's path. */
  readonly name: string;
  readonly path: string;
  /** What the manifest's file holds. */
  file: string;
  /** An answer, errors too. */
  ask(method: ApiRequest["method"], target: string, body?: unknown): Promise<ApiAnswer>;
}

/** What a test may change. */
export interface ApiNetworkOptions extends Partial<InProcessOptions> {
  readonly manifest?: string;
  readonly api?: Partial<ApiOptions>;
  /** False: no manifest is applied. */
  readonly begin?: boolean;
}

/** Manifest of the own host, "local", and "web". */
export const TWO_HOSTS = `hosts:
  local: { vip: "127.0.42.100" }
  web: { vip: "127.0.42.101", cmd: [web], ports: ["80:127.0.0.1:80"] }
`;

/** A folder for sockets that is gone at the end of the tests. */
export function socketFolder(): string {
  const dir = tempDir("api");
  onEnd(() => dir.remove());
  return join(dir.path, "run");
}

/** Starts a network; `make` ends it. */
export async function apiNetwork(make: typeof inProcess, options: ApiNetworkOptions = {}): Promise<ApiNetwork> {
  const { manifest = TWO_HOSTS, api = {}, begin = true, ...more } = options;
  const place = Promise.withResolvers<{ readonly name: string; readonly path: string }>();
  const observers: Observer[] = [...(more.observers ?? [])];
  const { resolve: opened, reject: failed } = place;
  apiPlugin({ name: "net", folders: api.folders ?? [socketFolder()], opened, failed, ...api }).setup({
    observer: (observer) => void observers.push(observer),
  } as Parameters<ReturnType<typeof apiPlugin>["setup"]>[0]);
  const world = make({ hosts: [], ...more, observers });
  const held = { file: manifest };
  const control = createControl({
    manager: world.manager,
    read: ({ text, file, added }) => parseManifest(text, file, {}, added),
    manifest: { file: "net.yaml", load: async () => new TextEncoder().encode(held.file) },
    explain: ({ destination, from }) => ({ ok: true, asked: destination, decision: "outside", from: from ?? "local" }),
    debug: (line) => void (world.debug as string[]).push(line),
  });
  const { name, path } = await place.promise;
  const checked = parseManifest(manifest, "net.yaml");
  if (!checked.manifest) throw new Error(checked.diagnostics[0]?.message);
  if (begin) await control.begin(manifest, { ...checked, manifest: checked.manifest });
  return {
    world,
    control,
    name,
    path,
    get file() {
      return held.file;
    },
    set file(text) {
      held.file = text;
    },
    async ask(method, target, body) {
      try {
        return await request(path, { method, path: target, ...(body === undefined ? {} : { body }) });
      } catch (thrown) {
        if (thrown instanceof RefusedRequest) return { status: thrown.status, body: { error: thrown.answer } };
        throw thrown;
      }
    },
  };
}
