import type { Access } from "./http/route.ts";
import { routes } from "./routes.ts";

/** One endpoint, for whoever writes or reads about it. */
export interface RouteSummary {
  readonly methods: readonly string[];
  /** `/exec/{namespace}/{pod}/{container}` */
  readonly path: string;
  readonly access: Access;
  /** Whether its requests leave HTTP for a protocol of streams. */
  readonly streams: boolean;
}

/** Every endpoint of the kubelet API: what is not here is 404. */
export const routeTable: readonly RouteSummary[] = routes.map(({ methods, path, access, ...handler }) => ({
  methods,
  path,
  access,
  streams: "upgrade" in handler,
}));
