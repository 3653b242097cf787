// What a command line asks for, as the program does it. Types only.

import type { ExecValues } from "./exec_args.ts";
import type { Asking, OfAgents } from "./options.ts";
import type { ServeValues } from "./serve_args.ts";

/** What the user asked for. */
export type Invocation =
  | (OfAgents & {
      readonly command: "run";
      readonly file: string;
      readonly json: boolean;
      readonly debug: boolean;
      /** What the network is called; undefined: as its file. */
      readonly name: string | undefined;
      /** Whether the manifest is applied anew when its file changes. */
      readonly watch: boolean;
      /** Whether there is a socket for commands. */
      readonly api: boolean;
      /** Path of the journal; undefined for the user's state folder, false for none. */
      readonly journal: string | false | undefined;
    })
  | { readonly command: "open-editor"; readonly debug: boolean }
  | (OfAgents & { readonly command: "check"; readonly file: string; readonly json: boolean })
  | {
      readonly command: "explain";
      readonly destination: string;
      /** Path of a manifest; undefined: the network that runs is asked. */
      readonly file: string | undefined;
      readonly from: string | undefined;
      /** Name of the network that is asked; undefined for the one that runs. */
      readonly name: string | undefined;
      readonly json: boolean;
    }
  | {
      readonly command: "env";
      readonly file: string;
      readonly host: string | undefined;
      readonly shell: string | undefined;
      readonly withPassword: boolean;
    }
  | { readonly command: "agent"; readonly debug: boolean }
  | ({ readonly command: "serve" } & ServeValues)
  | ({ readonly command: "exec" } & ExecValues)
  | (OfAgents & { readonly command: "agent bundle"; readonly platforms: readonly string[]; readonly json: boolean })
  | (OfAgents & { readonly command: "show-installer"; readonly embed: boolean; readonly platforms: readonly string[] })
  | {
      readonly command: "verify";
      readonly specifier: string;
      readonly settings: string | undefined;
      readonly target: string | undefined;
      readonly json: boolean;
    }
  | {
      readonly command: "plugin new";
      readonly name: string;
      readonly kind: string | undefined;
      readonly dir: string | undefined;
    }
  | { readonly command: "replay"; readonly journal: string; readonly at: string | undefined; readonly json: boolean }
  | { readonly command: "why"; readonly asked: string; readonly journal: string | undefined; readonly json: boolean }
  | ({ readonly command: "status" | "streams" } & Asking)
  | ({ readonly command: "traffic"; readonly by: string | undefined; readonly since: string | undefined } & Asking)
  | ({ readonly command: "ls"; readonly what: string } & Asking)
  | ({ readonly command: "reload" } & Asking)
  | ({ readonly command: "stop"; readonly host: string | undefined } & Asking)
  | ({ readonly command: "start"; readonly host: string } & Asking)
  | ({ readonly command: "logs"; readonly follow: boolean; readonly since: string | undefined } & Asking)
  | ({ readonly command: "retry"; readonly host: string } & Asking)
  | ({ readonly command: "drain"; readonly host: string; readonly undo: boolean } & Asking)
  | ({ readonly command: "remove"; readonly host: string } & Asking)
  | ({ readonly command: "add"; readonly host: string; readonly spec: string } & Asking)
  | { readonly command: "schema" | "show-example" | "version" }
  | { readonly command: "help"; readonly topic: string };
