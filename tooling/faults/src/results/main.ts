import { writeReliability } from "./kept-record.ts";

writeReliability();
