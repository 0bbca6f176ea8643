import { writeConformance } from "./kept-record.ts";

writeConformance();
