/** Variables by which a program loads what they name. Programs that enter a view as root must not have a container's. */
const loaderVariable = /^(LD_|GLIBC_|MALLOC_|GCONV_PATH$|GETCONF_DIR$|LOCPATH$|NLSPATH$)/;

export interface SplitEnvironment {
  /** For the programs that enter the view, and for what they become. */
  readonly harmless: Readonly<Record<string, string>>;
  /** Only for what they become: `NAME=value`. */
  readonly loaders: readonly string[];
}

/** Parts the variables that every program may have from those that only a container's own may. */
export function splitEnvironment(environment: Readonly<Record<string, string>>): SplitEnvironment {
  const entries = Object.entries(environment);
  return {
    harmless: Object.fromEntries(entries.filter(([name]) => !loaderVariable.test(name))),
    loaders: entries.filter(([name]) => loaderVariable.test(name)).map(([name, value]) => `${name}=${value}`),
  };
}
