// What templates of plugins have in common.

/** Text of each file, by its path in the plugin's folder. */
export type TemplateFiles = Readonly<Record<string, string>>;

/** Files in which `NAME` is the plugin's name. */
export function named(name: string, files: TemplateFiles): TemplateFiles {
  const renamed = (text: string) => text.replaceAll(/\bNAME(?=\b|_)/g, name);
  // In a module the name may be no identifier.
  const quoted = (text: string) => text.replaceAll(/([{,] )NAME: /g, '$1"NAME": ');
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [renamed(path), renamed(path.endsWith(".mjs") ? quoted(text) : text)]),
  );
}
