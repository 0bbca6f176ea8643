import type { Image } from "./image.ts";

/** What a root says of its users: the texts of its /etc/passwd and /etc/group. */
export interface UserTables {
  readonly passwd: string;
  readonly group: string;
}

/** A user as a root knows it. */
export interface ImageUser {
  readonly uid: number;
  readonly gid: number;
  /** Where nothing is said of the user, the root. */
  readonly home: string;
  /** Further groups. */
  readonly groups: readonly number[];
}

/** Whom an image's containers run as where the pod does not say; `undefined` when the root does not know the name. */
export function userOfImage({ user = "" }: Image, tables: UserTables): ImageUser | undefined {
  const [name = "", group] = user.split(":");
  const known = knownUser(name === "" ? "0" : name, tables);
  if (!known || group === undefined || group === "") return known;
  const gid = isNumber(group) ? Number(group) : rowsOf(tables.group).find(([each]) => each === group)?.[2];
  return gid === undefined ? undefined : { ...known, gid: Number(gid), groups: [] };
}

/** What a root says of a user, by name or number. A number that it does not know is a user, too. */
export function knownUser(nameOrUid: string, { passwd, group }: UserTables): ImageUser | undefined {
  const row = rowsOf(passwd).find(([name, , uid]) => name === nameOrUid || uid === nameOrUid);
  if (!row) return isNumber(nameOrUid) ? { uid: Number(nameOrUid), gid: 0, home: "/", groups: [] } : undefined;
  const [name = "", , uid = "0", gid = "0", , home = ""] = row;
  const groups = rowsOf(group)
    .filter(([, , , members = ""]) => members.split(",").includes(name))
    .map(([, , number]) => Number(number))
    .filter((number) => Number.isSafeInteger(number) && number !== Number(gid));
  return { uid: Number(uid), gid: Number(gid), home: home || "/", groups };
}

function rowsOf(text: string): readonly (readonly string[])[] {
  return text.split("\n").map((line) => line.split(":"));
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}
