import { badRequest } from "../api-error.ts";
import { type ApiAnswer, type ApiRequest, type JsonObject, isJsonObject } from "../api/request.ts";

/** TokenReview: this cluster gives no tokens, so that every one is nobody's. */
export async function reviewToken(request: ApiRequest): Promise<ApiAnswer> {
  const review = await reviewOf(request, "TokenReview");
  return reviewed(review, { user: {}, error: "invalid bearer token" });
}

/** SubjectAccessReview: as in this cluster itself, whoever is known may do everything. */
export async function reviewAccess(request: ApiRequest): Promise<ApiAnswer> {
  const review = await reviewOf(request, "SubjectAccessReview");
  const { user, groups } = isJsonObject(review["spec"]) ? review["spec"] : {};
  const all: readonly unknown[] = Array.isArray(groups) ? groups : [];
  const isNobody = user === "system:anonymous" || all.includes("system:unauthenticated");
  return reviewed(review, { allowed: !isNobody && (Boolean(user) || all.length > 0) });
}

function reviewed(review: JsonObject, status: object): ApiAnswer {
  return { code: 201, body: { ...review, metadata: review["metadata"] ?? {}, status } };
}

async function reviewOf(request: ApiRequest, kind: string): Promise<JsonObject> {
  let review: unknown;
  try {
    review = JSON.parse((await request.body()).toString());
  } catch (error) {
    throw badRequest(`the object provided is unrecognized (must be of type ${kind}): ${(error as Error).message}`);
  }
  if (!isJsonObject(review) || !isJsonObject(review["spec"])) throw badRequest(`the body is no ${kind} with a spec`);
  return review;
}
