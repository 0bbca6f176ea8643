import { UsageError } from "../../usage-error.ts";

/** The text itself where it is none: the schema says so. */
export function readNumber(text: string): unknown {
  return /^\d+$/.test(text) ? Number(text) : text;
}

export function readShare(text: string): unknown {
  return /^\d*\.?\d+$/.test(text) ? Number(text) : text;
}

export function readBoolean(text: string): unknown {
  return ({ true: true, false: false } as Readonly<Record<string, boolean>>)[text] ?? text;
}

/** `key=value,…` */
export function readLabels(text: string): Record<string, string> {
  return Object.fromEntries(
    itemsOf(text).map((item) => {
      const [, key, value] = /^([^=]+)=(.*)$/.exec(item) ?? [];
      if (key === undefined || value === undefined) throw new UsageError(`"${item}" is not of the form key=value`);
      return [key, value];
    }),
  );
}

/** `key=value:Effect,…` */
export function readTaints(text: string): object[] {
  return itemsOf(text).map((item) => {
    const [, key, value, effect] = /^([^=:]+)(?:=([^:]*))?:(\w+)$/.exec(item) ?? [];
    if (key === undefined) throw new UsageError(`"${item}" is not of the form key=value:Effect`);
    return { key, ...(value === undefined ? {} : { value }), effect };
  });
}

/** `a, b` */
export function itemsOf(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}
