import { writeCompatibility } from "./kept-records.ts";

writeCompatibility();
