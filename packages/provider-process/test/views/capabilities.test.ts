import { expect, test } from "vitest";
import { capabilitiesOf } from "../../src/views/from-pod/capabilities.ts";

test.each([
  { add: ["ALL"], drop: ["ALL"], has: [], lacks: ["chown", "sys_admin"] },
  { add: ["ALL", "SYS_TIME"], drop: ["ALL"], has: ["sys_time"], lacks: ["chown", "sys_admin"] },
  { add: ["ALL"], drop: ["CAP_NET_RAW"], has: ["chown", "sys_admin", "checkpoint_restore"], lacks: ["net_raw", "all"] },
  { add: ["SYS_TIME", "KILL"], drop: ["KILL"], has: ["sys_time", "chown"], lacks: ["kill"] },
])("a container that is given $add and denied $drop has not $lacks", ({ add, drop, has, lacks }) => {
  const capabilities = capabilitiesOf({ capabilities: { add, drop } });
  expect(capabilities).toEqual(expect.arrayContaining(has));
  expect(capabilities?.filter((name) => lacks.includes(name))).toEqual([]);
});

test("a container that is given all, and is denied none, is not limited", () => {
  expect(capabilitiesOf({ capabilities: { add: ["ALL"] } })).toBeUndefined();
});
