import type { Check } from "../check.ts";
import { docsCode } from "./docs-code.ts";
import { docsLinks } from "./docs-links.ts";
import { errorCodes } from "./error-codes.ts";
import { exports } from "./exports.ts";
import { fileSize } from "./file-size.ts";
import { generatedFilesFresh } from "./generated-fresh.ts";
import { layers } from "./layers.ts";
import { manifests } from "./manifests.ts";
import { plainText } from "./plain-text.ts";
import { providerShape } from "./provider-shape.ts";
import { unused } from "./unused.ts";

/** Every check, in the order in which they are run. */
export const checks: readonly Check[] = [
  layers,
  fileSize,
  providerShape,
  exports,
  manifests,
  unused,
  plainText,
  errorCodes,
  generatedFilesFresh,
  docsLinks,
  docsCode,
];
