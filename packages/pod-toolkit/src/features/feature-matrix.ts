import type { Pod } from "@virtual-kubelet/kubernetes";
import type { PodFeatureRow, PodFeatures } from "@virtual-kubelet/provider";
import { ignored, refused, supported } from "./asked-field.ts";
import { type PodField, type PodFieldName, podFields } from "./pod-fields.ts";

/** What a backend makes of a field, or, with `when`, of some pods that ask for it; what it makes of the others is `supported` then. */
export type FieldSupport =
  | "supported"
  | {
      readonly support: "ignored" | "refused";
      /** Why, and what to do instead: it is shown in events. */
      readonly reason: string;
      /** Asked only of pods that ask for the field. */
      when?(pod: Pod): boolean;
    };

/** An answer for every field of the catalogue. */
export type FieldAnswers = Readonly<Record<PodFieldName, FieldSupport | readonly FieldSupport[]>>;

/**
 * A provider's `features`, of an answer for every field that a backend may be unable to give: one that is forgotten is a type error, and so
 * is one that a later version of the catalogue has. Of several answers for one field each holds for the pods of its `when`.
 */
export function featureMatrix(answers: FieldAnswers): PodFeatures {
  return Object.values(podFields).flatMap((field) => {
    const answer: FieldAnswers[PodFieldName] | undefined = answers[field.field];
    if (answer === undefined)
      throw new RangeError(
        `The feature matrix has no answer for ${field.field}: say whether it is supported, ignored or refused`,
      );
    return rowsOf(field, [answer].flat());
  });
}

function rowsOf(field: PodField, answers: readonly FieldSupport[]): readonly PodFeatureRow[] {
  const limits = answers.filter((answer) => answer !== "supported");
  const rows = limits.map((limit): PodFeatureRow => {
    const asks = (pod: Pod): boolean => field.asks(pod) && (limit.when?.(pod) ?? true);
    const row = { field: field.field, reason: limit.reason, asks };
    return limit.support === "refused" ? refused(row) : ignored(row);
  });
  if (limits.some((limit) => limit.when === undefined)) return rows;
  const isGiven = (pod: Pod): boolean => field.asks(pod) && !rows.some((row) => row.asks(pod));
  return [supported({ field: field.field, asks: isGiven }), ...rows];
}
