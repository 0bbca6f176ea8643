import { writeKubeletApiDocument } from "./kept-requests.ts";

writeKubeletApiDocument();
