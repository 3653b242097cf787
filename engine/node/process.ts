// node:process. The standard streams are members of the default export alone: they are made when they are used first.

const { process } = globalThis;

export const { arch, argv, argv0, env, execArgv, execPath, pid, platform, ppid, release, title, version, versions } = process;
export const { hrtime, memoryUsage } = process;
/** Members of {@link process}, which work by themselves. */
export const chdir = process.chdir.bind(process);
export const cwd = process.cwd.bind(process);
export const emitWarning = process.emitWarning.bind(process);
export const exit = process.exit.bind(process);
export const getBuiltinModule = process.getBuiltinModule.bind(process);
export const kill = process.kill.bind(process);
export const nextTick = process.nextTick.bind(process);
export const off = process.off.bind(process);
export const on = process.on.bind(process);
export const once = process.once.bind(process);
export const umask = process.umask.bind(process);
export const uptime = process.uptime.bind(process);

export default process;
