/** What a container sees in place of the host's file system, and as whom. */
export interface View {
  /** A directory to see as the root, under a layer of the run's own that takes what is written. Absent: the host's own tree. */
  readonly root?: ViewRoot;
  /** A place before what is below it. */
  readonly mounts: readonly ViewMount[];
  /** Files that are made for this run. */
  readonly files: readonly ViewFile[];
  readonly terminationMessage?: TerminationMessage;
  readonly user: ViewUser;
  /** What the container takes its host to be called; absent: as it is. */
  readonly hostname?: string;
  /** Whether it is made in a user namespace, because the node is not root: there is one user then, whatever its number. */
  readonly inUserNamespace: boolean;
}

export interface ViewRoot {
  /** An absolute path of the host. It is never written to. */
  readonly directory: string;
  readonly readOnly: boolean;
}

export interface ViewMount {
  /** An absolute path of the host, without links: a directory or a file. */
  readonly source: string;
  /** An absolute path of the view, in which links may be. */
  readonly target: string;
  readonly readOnly: boolean;
}

export interface ViewFile {
  readonly target: string;
  readonly content: string;
}

/** Where a container leaves its last words. */
export interface TerminationMessage {
  readonly target: string;
}

export interface ViewUser {
  readonly uid: number;
  readonly gid: number;
  /** Further groups. */
  readonly groups: readonly number[];
  /** In lower case, without `cap_`: what it may have at most. Absent: all. */
  readonly capabilities?: readonly string[];
  readonly noNewPrivileges: boolean;
}
