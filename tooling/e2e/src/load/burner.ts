import { container } from "../suite/manifests.ts";

export interface Load {
  readonly milliCpu: number;
  readonly mebibytes?: number;
  /** It takes this file away when it is there, and ends with 1. */
  readonly endFile?: string;
}

/**
 * A container that uses just so much. It goes by the clock of its own processor time, so that it catches up when the machine
 * was busy with others; and it is made of programs so small that what they hold is what they were told to hold.
 */
export function burner(load: Load, more: object = {}): object {
  return container(burnerScript(load), more);
}

function burnerScript({ milliCpu, mebibytes = 0, endFile = "/nowhere" }: Load): string {
  // What has no line's end is kept until it comes.
  const hold = mebibytes > 0 ? `{ head -c ${mebibytes * 2 ** 20} /dev/zero; exec sleep 1000000; } | tail &` : "";
  return `${hold}
    now() { read -r up rest < /proc/uptime; wall=\${up%.*}\${up#*.}; }
    # Of this shell, and of those of its children that have ended: hundredths of a second, as those of the uptime.
    used() { read -r line < /proc/self/stat; set -- \${line##*) }; cpu=$((\${12} + \${13} + \${14} + \${15})); }
    now; began=$wall; used; before=$cpu
    while [ ! -e '${endFile}' ]; do
      now; used
      if [ $(((cpu - before) * 1000)) -lt $(((wall - began) * ${milliCpu})) ]; then
        i=0; while [ $i -lt 2000 ]; do i=$((i + 1)); done
      else sleep 0.05; fi
    done
    rm '${endFile}'
    exit 1`;
}
