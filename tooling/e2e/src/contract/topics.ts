import type { Topic } from "./exchange.ts";
import { applying } from "./exchanges/applying.ts";
import { bodies } from "./exchanges/bodies.ts";
import { creating } from "./exchanges/creating.ts";
import { deleting } from "./exchanges/deleting.ts";
import { discovery } from "./exchanges/discovery.ts";
import { forgetting } from "./exchanges/forgetting.ts";
import { patching } from "./exchanges/patching.ts";
import { reading } from "./exchanges/reading.ts";
import { selecting } from "./exchanges/selecting.ts";
import { updating } from "./exchanges/updating.ts";
import { validation } from "./exchanges/validation.ts";
import { watching } from "./exchanges/watching.ts";

/** Everything that the embedded cluster and a real one are asked alike. */
export const topics: readonly Topic[] = [
  discovery,
  reading,
  selecting,
  creating,
  bodies,
  validation,
  updating,
  patching,
  applying,
  deleting,
  watching,
  forgetting,
];
