export function npm(
  args: readonly string[],
  options: { readonly directory: string; readonly purpose: string },
): Promise<void>;
