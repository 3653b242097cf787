export const { URL, URLSearchParams } = { URL: class URL {}, URLSearchParams: class {} };
export function domainToASCII(name: string): string {
  return name;
}
