// `norouter show-example`: prints a manifest to begin with.

/** A manifest with a host for each way to reach one; a test holds it valid. */
export const EXAMPLE = `# A network of norouter. 'norouter check FILE' says what it comes to, 'norouter run FILE' starts it.
#
# Every host has a virtual IP of its own (any address of 127.0.0.0/8). What it publishes can be reached at that
# address on every host of the network: here, http://127.0.42.101:8080 is the web server in a container.

hosts:
  # This machine: a host without a way to it.
  local:
    vip: "127.0.42.100"
    # PORT:ADDRESS:PORT - a port at the virtual IP, and the service as the host itself sees it.
    ports: ["3000:127.0.0.1:3000"]
    # By name: 'curl --proxy http://127.0.0.1:18080 http://web:8080/', and the same for SOCKS.
    http: { listen: "127.0.0.1:18080" }
    socks: { listen: "127.0.0.1:18081" }

  # A container of Docker, by its name. Nothing needs to be installed in it: the agent is sent.
  web:
    docker: my-container
    vip: "127.0.42.101"
    ports: ["8080:127.0.0.1:80"]

  # The same, with more to say: the user that the agent runs as.
  api:
    docker: { container: api, user: root }
    vip: "127.0.42.102"
    ports: ["8000:127.0.0.1:8000"]

  # A container of Podman.
  cache:
    podman: my-podman
    vip: "127.0.42.103"
    ports: ["6379:127.0.0.1:6379"]

  # A pod of Kubernetes. Only 'pod' is needed.
  app:
    kubectl: { pod: web-0, namespace: prod, container: app, context: gke }
    vip: "127.0.42.104"
    ports: ["8080:127.0.0.1:8080"]

  # A container or virtual machine of LXD or Incus.
  build:
    lxc: my-container
    vip: "127.0.42.105"
    ports: ["9000:127.0.0.1:9000"]

  # A machine behind SSH. The target of a port may be another machine that this one can reach.
  db:
    ssh: me@box.example.com
    vip: "127.0.42.106"
    ports:
      - "5432:127.0.0.1:5432"
      - "8443:10.0.0.7:443"

  # Anything else that runs a command there, with norouter installed on the host ('norouter show-installer').
  other:
    cmd: "docker --context far exec -i other norouter"
    vip: "127.0.42.107"
    ports: ["8081:127.0.0.1:80"]

# What is behind a host, for the proxies: resolved and dialled by that host. The last route that fits wins;
# 'norouter explain NAME --manifest FILE' says which.
routes:
  - via: db
    to: ["10.0.0.0/8", "*.internal"]
    notTo: ["10.0.0.1/32"]
`;

/** Prints the example and returns the exit code, 0. */
export function showExample(io: { readonly stdout: (text: string) => void }): number {
  io.stdout(EXAMPLE);
  return 0;
}
