// What the Kubernetes API of the tests answers: objects, lists and refusals, worded like the real one's. Pure: no sockets.
import type { Cluster, Pod, Workload } from "./kube_api.ts";
import type { Ephemeral, Ephemerals } from "./kube_ephemeral.ts";

/** An answer: a status code, and a JSON body or plain text. */
export interface Answer {
  readonly code: number;
  readonly body: object | string;
}

const USER = "user";
const VERBS = ["get", "list", "create", "watch", "patch"];

/** A kind of workload with its scale. */
function workloadKind(name: string, singularName: string, kind: string, short: string): object[] {
  const scale = { group: "autoscaling", version: "v1", kind: "Scale", verbs: ["get", "patch", "update"] };
  return [
    { name, singularName, namespaced: true, kind, verbs: VERBS, shortNames: [short], categories: ["all"] },
    { name: `${name}/scale`, singularName: "", namespaced: true, ...scale },
  ];
}

const DISCOVERY: Readonly<Record<string, object>> = {
  "/api": { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] },
  "/apis": {
    kind: "APIGroupList",
    apiVersion: "v1",
    groups: [
      {
        name: "apps",
        versions: [{ groupVersion: "apps/v1", version: "v1" }],
        preferredVersion: { groupVersion: "apps/v1", version: "v1" },
      },
    ],
  },
  "/version": { major: "1", minor: "32", gitVersion: "v1.32.4" },
  "/api/v1": {
    kind: "APIResourceList",
    groupVersion: "v1",
    resources: [
      { name: "pods", singularName: "pod", namespaced: true, kind: "Pod", verbs: VERBS, shortNames: ["po"], categories: ["all"] },
      { name: "pods/ephemeralcontainers", singularName: "", namespaced: true, kind: "Pod", verbs: VERBS },
      { name: "pods/exec", singularName: "", namespaced: true, kind: "PodExecOptions", verbs: VERBS },
    ],
  },
  "/apis/apps/v1": {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: "apps/v1",
    resources: [
      ...workloadKind("deployments", "deployment", "Deployment", "deploy"),
      ...workloadKind("statefulsets", "statefulset", "StatefulSet", "sts"),
    ],
  },
};

/** A failure as the API words it. */
export function failure(code: number, reason: string, message: string): { readonly code: number; readonly body: object } {
  return { code, body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code } };
}

/** The namespace of a pod or workload. */
export function namespaceOf(thing: Pod | Workload): string {
  return thing.namespace ?? "default";
}

/** The labels of a pod. */
export function labelsOf(name: string, pod: Pod): Readonly<Record<string, string>> {
  return pod.labels ?? { app: name };
}

function podObject(name: string, pod: Pod, ephemeral: readonly Ephemeral[]): object {
  const phase = pod.phase ?? "Running";
  const running = phase === "Running";
  const containers = Object.keys(pod.containers);
  return {
    kind: "Pod",
    apiVersion: "v1",
    metadata: {
      name,
      namespace: namespaceOf(pod),
      uid: `uid-${name}`,
      labels: labelsOf(name, pod),
      creationTimestamp: "2026-01-01T00:00:00Z",
      ...(pod.leaving ? { deletionTimestamp: "2026-01-01T00:00:01Z" } : {}),
    },
    spec: {
      ...(phase === "Pending" ? {} : { nodeName: "node" }),
      containers: containers.map((c) => ({ name: c, image: "test" })),
      ...(ephemeral.length > 0 && { ephemeralContainers: ephemeral.map(({ spec }) => spec) }),
    },
    status: {
      phase,
      conditions: [{ type: "Ready", status: running ? "True" : "False" }],
      containerStatuses: containers.map((c) => ({
        name: c,
        ready: running,
        restartCount: 0,
        image: "test",
        imageID: "",
        state: pod.waiting ? { waiting: { reason: pod.waiting, message: `Told by the test: ${pod.waiting}` } } : {},
      })),
      ...(ephemeral.length > 0 && {
        ephemeralContainerStatuses: ephemeral.map(({ spec: { name, image }, state }) => ({ name, image, imageID: "", state })),
      }),
    },
  };
}

/** A deployment or a stateful set. */
export function workloadObject(kind: string, name: string, workload: Workload): object {
  const { replicas = 1, generation = 1, ready = true, selector } = workload;
  const template = { metadata: { labels: selector }, spec: { containers: [{ name: "main", image: "test" }] } };
  const there = replicas > 0 ? 1 : 0;
  const able = ready ? there : 0;
  const numbers = { replicas: there, updatedReplicas: there, readyReplicas: able, availableReplicas: able };
  const sets = { serviceName: name, updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } } };
  return {
    kind: kind === "deployments" ? "Deployment" : "StatefulSet",
    apiVersion: "apps/v1",
    metadata: {
      name,
      namespace: namespaceOf(workload),
      uid: `uid-${kind}-${name}`,
      generation,
      resourceVersion: `${generation}`,
    },
    spec: { replicas, selector: { matchLabels: selector }, template, ...(kind === "deployments" ? {} : sets) },
    status: { observedGeneration: generation, ...numbers, currentRevision: "1", updateRevision: "1" },
  };
}

/** The scale of one. */
export function scaleObject(name: string, workload: Workload): object {
  const { replicas = 1 } = workload;
  const metadata = { name, namespace: namespaceOf(workload), uid: `uid-scale-${name}`, resourceVersion: "1" };
  return { kind: "Scale", apiVersion: "autoscaling/v1", metadata, spec: { replicas }, status: { replicas } };
}

/** Whether labels fit a selector of the forms `a=b`, `a==b`, `a!=b` and `a`, separated by commas. */
export function fits(labels: Readonly<Record<string, string>>, selector: string): boolean {
  return selector
    .split(",")
    .filter((term) => term !== "")
    .every((term) => {
      const [, key = "", operator, value] = /^([^=!]+)(?:(==|=|!=)(.*))?$/.exec(term.trim()) ?? [];
      if (operator === undefined) return key in labels;
      return (labels[key] === value) !== (operator === "!=");
    });
}

/** What a list is asked for. */
interface Asked {
  readonly namespace: string | undefined;
  readonly query: URLSearchParams;
}

function listOf(kind: string, objects: readonly object[]): object {
  return { kind, apiVersion: kind === "PodList" ? "v1" : "apps/v1", metadata: { resourceVersion: "1" }, items: objects };
}

/** Only this name is asked for; undefined: all of them. */
function nameAsked(query: URLSearchParams): string | undefined {
  return /metadata\.name=([^,]+)/.exec(query.get("fieldSelector") ?? "")?.[1];
}

function podList(cluster: Cluster, own: Ephemerals, { namespace, query }: Asked): object {
  const [selector, only] = [query.get("labelSelector") ?? "", nameAsked(query)];
  const items = Object.entries(cluster.pods)
    .filter(([name, pod]) => (namespace === undefined || namespaceOf(pod) === namespace) && fits(labelsOf(name, pod), selector))
    .filter(([name]) => only === undefined || name === only)
    .map(([name, pod]) => podObject(name, pod, own.of(name)));
  return listOf("PodList", items);
}

function workloadList(kind: "deployments" | "statefulsets", cluster: Cluster, { namespace, query }: Asked): object {
  const only = nameAsked(query);
  const items = Object.entries(cluster[kind] ?? {})
    .filter(([name, workload]) => namespaceOf(workload) === namespace && (only === undefined || name === only))
    .map(([name, workload]) => workloadObject(kind, name, workload));
  return listOf(kind === "deployments" ? "DeploymentList" : "StatefulSetList", items);
}

function forbidden(resource: string, verb: string, namespace: string, name?: string): Answer {
  const what = name === undefined ? "pods is" : `pods "${name}" is`;
  const rest = `cannot ${verb} resource "${resource}" in API group "" in the namespace "${namespace}"`;
  return failure(403, "Forbidden", `${what} forbidden: User "${USER}" ${rest}`);
}

const UNAUTHORIZED = failure(401, "Unauthorized", "Unauthorized");

/** kubectl asks for the namespace when it did not find a pod in it. */
function namespaceObject(cluster: Cluster, name: string): Answer {
  const all = [
    ...Object.values(cluster.pods),
    ...Object.values(cluster.deployments ?? {}),
    ...Object.values(cluster.statefulsets ?? {}),
  ];
  if (name !== "default" && !all.some((thing) => namespaceOf(thing) === name))
    return failure(404, "NotFound", `namespaces "${name}" not found`);
  return { code: 200, body: { kind: "Namespace", apiVersion: "v1", metadata: { name }, status: { phase: "Active" } } };
}

/** The answer to a request that is no `exec`. */
export function answer(cluster: Cluster, own: Ephemerals, path: string, query: URLSearchParams): Answer {
  if (cluster.refuse === "login") return UNAUTHORIZED;
  const known = DISCOVERY[path];
  if (known !== undefined) return { code: 200, body: known };
  const [, asked] = /^\/api\/v1\/namespaces\/([^/]+)$/.exec(path) ?? [];
  if (asked !== undefined) return namespaceObject(cluster, asked);
  const [, namespace, kind, name, sub] =
    /^\/(?:api|apis\/apps)\/v1(?:\/namespaces\/([^/]+))?\/(pods|deployments|statefulsets)(?:\/([^/]+))?(?:\/(scale))?$/.exec(
      path,
    ) ?? [];
  if (kind === "pods") return podAnswer(cluster, own, name, { namespace, query });
  if (kind !== "deployments" && kind !== "statefulsets")
    return failure(404, "NotFound", "the server could not find the requested resource");
  if (name === undefined) return { code: 200, body: workloadList(kind, cluster, { namespace, query }) };
  const workload = cluster[kind]?.[name];
  if (workload === undefined || namespaceOf(workload) !== namespace)
    return failure(404, "NotFound", `${kind}.apps "${name}" not found`);
  return { code: 200, body: sub === "scale" ? scaleObject(name, workload) : workloadObject(kind, name, workload) };
}

function podAnswer(cluster: Cluster, own: Ephemerals, name: string | undefined, asked: Asked): Answer {
  const { namespace } = asked;
  if (cluster.refuse === "pods") return forbidden("pods", name ? "get" : "list", namespace ?? "", name);
  if (name === undefined) return { code: 200, body: podList(cluster, own, asked) };
  const pod = cluster.pods[name];
  if (pod !== undefined && namespaceOf(pod) === namespace) return { code: 200, body: podObject(name, pod, own.of(name)) };
  return failure(404, "NotFound", `pods "${name}" not found`);
}

/** The answer to a patch of `pods/NAME/ephemeralcontainers`, which is the only one that is known. */
export function patched(cluster: Cluster, own: Ephemerals, path: string, body: string): Answer {
  const [, namespace, name = ""] = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/ephemeralcontainers$/.exec(path) ?? [];
  if (namespace === undefined) return failure(404, "NotFound", "the server could not find the requested resource");
  if (cluster.refuse === "ephemeral") return forbidden("pods/ephemeralcontainers", "patch", namespace, name);
  const pod = cluster.pods[name];
  if (pod?.ephemeral === undefined) return failure(404, "NotFound", `pods "${name}" not found`);
  own.patch(name, pod.ephemeral, body);
  return { code: 200, body: podObject(name, pod, own.of(name)) };
}

/** The argv prefix for an `exec`, or why there is none. The order of checks is the real server's. */
export function execTarget(
  cluster: Cluster,
  own: Ephemerals,
  method: string,
  path: string,
  query: URLSearchParams,
): readonly string[] | Answer {
  const [, namespace, name = ""] = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/exec$/.exec(path) ?? [];
  if (namespace === undefined) return failure(404, "NotFound", "the server could not find the requested resource");
  if (cluster.refuse === "login") return UNAUTHORIZED;
  if (cluster.refuse !== undefined && cluster.refuse !== "ephemeral")
    return forbidden("pods/exec", method === "GET" ? "get" : "create", namespace, name);
  const pod = cluster.pods[name];
  if (pod === undefined || namespaceOf(pod) !== namespace) return failure(404, "NotFound", `pods "${name}" not found`);
  const container = query.get("container") ?? Object.keys(pod.containers)[0] ?? "";
  const ephemeral = own.of(name).find(({ spec }) => spec.name === container);
  if (ephemeral?.state.running && pod.ephemeral) return [...pod.ephemeral.tool, "exec", "-i", container];
  if (ephemeral) return { code: 500, body: `container not found ("${container}")` };
  const argv = pod.containers[container];
  if (argv === undefined) return failure(400, "BadRequest", `container ${container} is not valid for pod ${name}`);
  if (pod.phase === "Pending") return failure(400, "BadRequest", `pod ${name} does not have a host assigned`);
  if (pod.down === true || (pod.phase ?? "Running") !== "Running")
    return { code: 500, body: `container not found ("${container}")` };
  return argv;
}
