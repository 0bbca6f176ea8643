import type { FieldSupport, PodFieldName } from "@virtual-kubelet/pod-toolkit";

/** Answers for the fields whose names begin alike. */
export type AnswersFor<Prefix extends string, But extends string = never> = Readonly<
  Record<
    Exclude<Extract<PodFieldName, `${Prefix}${string}`>, `${But}${string}`>,
    FieldSupport | readonly FieldSupport[]
  >
>;

export function refused(reason: string, when?: WhenAsked): FieldSupport {
  return { support: "refused", reason, ...(when ? { when } : {}) };
}

export function ignored(reason: string, when?: WhenAsked): FieldSupport {
  return { support: "ignored", reason, ...(when ? { when } : {}) };
}

/** What is supported where `isGiven`, and something else elsewhere. */
export function onlyIf(isGiven: boolean, otherwise: FieldSupport): FieldSupport {
  return isGiven ? "supported" : otherwise;
}

type WhenAsked = NonNullable<Exclude<FieldSupport, string>["when"]>;
