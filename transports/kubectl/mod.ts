// Reaches a pod of a Kubernetes cluster with `kubectl exec`.

import { settingsOf } from "../../core/manifest/keys/mod.ts";
import { NoRouterError, type Plugin } from "../../core/mod.ts";
import { shellTransport, type WrongField } from "../support/shell_transport.ts";
import { option } from "../support/words.ts";
import { ephemeralWords } from "./ephemeral.ts";
import { scaleStarter } from "./scale.ts";

interface Settings {
  readonly pod?: string | undefined;
  readonly deployment?: string | undefined;
  readonly statefulset?: string | undefined;
  readonly namespace?: string | undefined;
  readonly context?: string | undefined;
  readonly kubeconfig?: string | undefined;
}

interface EnterSettings {
  readonly enter?: "network" | undefined;
  readonly enterImage?: string | undefined;
  readonly enterProfile?: string | undefined;
}

/** What has pods and a number of them. */
const SCALED = /^(?:deploy|deployments?|sts|statefulsets?)(?:\.apps)?\//;

/** The tool, and which cluster and namespace it is about. */
function toolOf({ kubeconfig, context, namespace }: Settings): string[] {
  const where = [...option("--kubeconfig", kubeconfig), ...option("--context", context), ...option("--namespace", namespace)];
  return ["kubectl", ...where];
}

/** A pod, or what has pods; empty where they are found by their labels. */
function targetOf({ pod, deployment, statefulset }: Settings): string {
  if (deployment !== undefined) return `deployment/${deployment}`;
  return statefulset === undefined ? (pod ?? "") : `statefulset/${statefulset}`;
}

/** Claims hosts with `kubectl`; the agent is sent. */
export const kubectlTransport: Plugin = shellTransport({
  name: "kubectl",
  description: "Pod of a Kubernetes cluster: its name, 'deployment/NAME', or a mapping.",
  settings: settingsOf({
    shorthand: "pod",
    fields: {
      pod: { description: "Name of the pod, or of what has pods, such as 'deployment/web'." },
      deployment: { description: "Name of a deployment; one of its pods is taken." },
      statefulset: { description: "Name of a stateful set; one of its pods is taken." },
      selector: { description: "Labels, such as 'app=web'; the first pod that runs and has them is taken, anew at each start." },
      namespace: { description: "Namespace; default that of the context." },
      container: { description: "Container of the pod; default its first." },
      context: { description: "Context of the kubectl tool; default the present one." },
      kubeconfig: { description: "File with the contexts; default kubectl's own." },
      enter: {
        type: "choice",
        choices: ["network"],
        description:
          "'network': the agent runs in an ephemeral container that is added to the pod, and nothing is started in the others.",
      },
      enterImage: { description: "Image of that container, such as 'busybox': with 'sh', and one that the cluster can pull." },
      enterProfile: {
        type: "choice",
        choices: ["baseline", "general", "restricted", "netadmin", "sysadmin"],
        description: "Rights of that container, as in 'kubectl debug --profile'; default 'baseline'.",
      },
    },
    oneOf: ["pod", "deployment", "statefulset", "selector"],
  }),
  async argv(settings, command, tool) {
    const { selector, container } = settings;
    const kubectl = toolOf(settings);
    const one = (labels: string) => podOf(labels, (words) => tool.output([...kubectl, ...words]));
    const found = selector === undefined ? undefined : await one(selector);
    const target = found ?? targetOf(settings);
    const { enter, enterImage: image, enterProfile: profile = "baseline" } = settings;
    if (enter && !image) throw new NoRouterError("settings-refused", "'enter' stands without 'enterImage', such as 'busybox'");
    if (enter && image) return ephemeralWords({ kubectl, target, image, profile, podOf: one }, command, tool);
    return [...kubectl, "exec", "-i", target, ...option("--container", container), "--", ...command];
  },
  check: checkEnter,
  enters: ({ enter }) => (enter === undefined ? undefined : { way: "ephemeral" }),
  describe: ({ enter, selector, ...settings }) =>
    `kubectl ${enter === undefined ? "exec -i" : "debug"} ${selector ? `(${selector})` : targetOf(settings)}`,
  starter: scaleStarter((settings: Settings) => {
    const target = targetOf(settings);
    return SCALED.test(target) ? { target, kubectl: toolOf(settings) } : undefined;
  }),
  failures: [
    { says: /timed out waiting for the condition/, code: "agent-silent", message: "Pods take too long" },
    { says: /exceeded its progress deadline/, code: "container-stopped", message: "Deployment makes no progress" },
    { says: /no matching resources found/, code: "container-missing", message: "There are no such pods" },
    { says: /\(NotFound\): (\w+)s(?:\.\w+)? "(.+?)" not found/, code: "container-missing", message: 'There is no $1 "$2"' },
    { says: /container (\S+) is not valid for pod (\S+)/, code: "container-missing", message: 'Pod "$2" has no container "$1"' },
    { says: /cannot exec .* completed pod.*phase is (\w+)/, code: "container-stopped", message: "Pod has ended ($1)" },
    { says: /does not have a host assigned/, code: "container-stopped", message: "Pod has no node yet" },
    { says: /container not found \("(.+?)"\)/, code: "container-stopped", message: 'Container "$1" is not running' },
    {
      says: /must be logged in|Unauthorized|provide credentials/,
      code: "not-logged-in",
      message: "Not logged in to the cluster",
    },
    {
      says: /ephemeral containers are disabled/,
      code: "settings-refused",
      message: "The cluster knows no ephemeral containers: leave out 'enter'",
    },
    { says: /The Pod ".+?" is invalid: (.+)/, code: "settings-refused", message: "Cluster refuses the container: $1" },
    { says: /\(Forbidden\): (.+)/, code: "access-denied", message: "Not allowed: $1" },
    {
      says: /context was not found for specified context: (\S+)|context "(.+?)" does not exist/,
      code: "settings-refused",
      message: 'There is no context "$1$2"',
    },
    {
      says: /error loading config file|stat .*no such file|[Ii]nvalid configuration/,
      code: "settings-refused",
      message: "The kubeconfig file cannot be used",
    },
    { says: /executable file not found/, code: "no-shell", message: "Container has no 'sh'" },
    {
      says: /doesn't have a resource type "(.+?)"/,
      code: "settings-refused",
      message: 'The cluster has no resources of type "$1"',
    },
    { says: /connection to the server (\S+) was refused/, code: "engine-down", message: "No API server answers at $1" },
    {
      says: /error reading from error stream/,
      code: "engine-down",
      message: "Connection to the API server was lost",
      later: true,
    },
    { says: /Unable to connect to the server: (.+)/, code: "engine-down", message: "API server cannot be reached: $1" },
  ],
});

function checkEnter({ enter, enterImage, enterProfile }: EnterSettings): readonly WrongField[] {
  if (enter !== undefined && enterImage === undefined) {
    const hint = "Add 'enterImage', such as 'enterImage: busybox'";
    return [{ field: "enter", message: "stands without an image for the container that is added to the pod", hint }];
  }
  if (enter !== undefined) return [];
  const field = enterImage === undefined ? enterProfile && "enterProfile" : "enterImage";
  if (field === undefined) return [];
  return [{ field, message: "stands without 'enter'", hint: `Add 'enter: network', or leave out '${field}'` }];
}

/** The name of the first pod that runs and has the labels, such as `pod/web-1`. */
async function podOf(selector: string, output: (words: readonly string[]) => Promise<string>): Promise<string> {
  const running = "--field-selector=status.phase=Running";
  const [first] = (await output(["get", "pods", "--selector", selector, running, "--output", "name"])).split("\n");
  if (!first) throw new NoRouterError("container-missing", `No running pod has the labels "${selector}"`);
  return first;
}
