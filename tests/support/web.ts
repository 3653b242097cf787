// The web server of a test host: nginx as one unprivileged process with every path inside one folder.
import { writeFileSync } from "node:fs";
import { pathOf } from "./engines.ts";

/** Writes `home/nginx.conf` (serves `home/www` on 127.0.0.1) and returns the argv that runs nginx in the foreground. */
export function nginxArgv(home: string, port: number): string[] {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `  ${kind}_temp_path ${home}/${kind};`);
  const config = [
    "daemon off;",
    "master_process off; # one process: nothing to drop to, nothing left when it is killed",
    "user root root; # uid 0 of the namespace, the only one there is",
    `pid ${home}/nginx.pid;`,
    "error_log stderr warn;",
    "events { worker_connections 4096; }",
    "http {",
    "  access_log off;",
    "  default_type text/plain;",
    "  tcp_nodelay on;",
    ...temporary,
    `  server { listen 127.0.0.1:${port}; root ${home}/www; }`,
    "}",
  ];
  writeFileSync(`${home}/nginx.conf`, `${config.join("\n")}\n`);
  return [pathOf("nginx") ?? "nginx", "-e", "stderr", "-p", home, "-c", `${home}/nginx.conf`];
}
