import type { Status, StatusCause, StatusDetails } from "@virtual-kubelet/kubernetes";

/** The reasons that this server gives, each with its HTTP status (apimachinery, `pkg/api/errors`). */
const codeOfReason = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  InternalError: 500,
  Timeout: 504,
  // Some errors of the real server have no reason.
  "": 500,
  NotImplemented: 501,
  ServiceUnavailable: 503,
} as const;

export type ApiErrorReason = keyof typeof codeOfReason;

/** The kind of object that an error is about. */
export interface ErrorSubject {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

/** An answer of the API server that is a failed `Status`. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly reason: ApiErrorReason;
  readonly details: StatusDetails | undefined;

  constructor(reason: ApiErrorReason, message: string, details?: StatusDetails) {
    super(message);
    this.reason = reason;
    this.details = details;
  }

  /** The HTTP status. */
  get code(): number {
    return codeOfReason[this.reason];
  }

  status(): Status {
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: this.message,
      ...(this.reason === "" ? {} : { reason: this.reason }),
      ...(this.details ? { details: this.details } : {}),
      code: this.code,
    };
  }
}

/** `pods`, or `deployments.apps`. */
export function qualifiedPlural(subject: ErrorSubject): string {
  return subject.group === "" ? subject.plural : `${subject.plural}.${subject.group}`;
}

function detailsOf(subject: ErrorSubject, name: string): StatusDetails {
  return {
    ...(name === "" ? {} : { name }),
    ...(subject.group === "" ? {} : { group: subject.group }),
    kind: subject.plural,
  };
}

export function notFound(subject: ErrorSubject, name: string): ApiError {
  return new ApiError("NotFound", `${qualifiedPlural(subject)} "${name}" not found`, detailsOf(subject, name));
}

export function alreadyExists(subject: ErrorSubject, name: string): ApiError {
  return new ApiError(
    "AlreadyExists",
    `${qualifiedPlural(subject)} "${name}" already exists`,
    detailsOf(subject, name),
  );
}

export function conflict(subject: ErrorSubject, name: string, why?: string): ApiError {
  const because = why ?? "the object has been modified; please apply your changes to the latest version and try again";
  return new ApiError(
    "Conflict",
    `Operation cannot be fulfilled on ${qualifiedPlural(subject)} "${name}": ${because}`,
    detailsOf(subject, name),
  );
}

export function forbidden(subject: ErrorSubject, name: string, why: string): ApiError {
  const what = name === "" ? qualifiedPlural(subject) : `${qualifiedPlural(subject)} "${name}"`;
  return new ApiError("Forbidden", `${what} is forbidden: ${why}`, detailsOf(subject, name));
}

/** A 422 with one cause per fault, worded as the real server words them: `Pod "x" is invalid: spec.containers: Required value`. */
export function invalid(subject: ErrorSubject, name: string, causes: readonly StatusCause[]): ApiError {
  const faults = causes.map((cause) => `${cause.field}: ${cause.message}`);
  const text = faults.length === 1 ? faults[0] : `[${faults.join(", ")}]`;
  const kind = subject.group === "" ? subject.kind : `${subject.kind}.${subject.group}`;
  return new ApiError("Invalid", `${kind} "${name}" is invalid: ${text}`, {
    ...detailsOf(subject, name),
    kind: subject.kind,
    causes,
  });
}

export function badRequest(message: string): ApiError {
  return new ApiError("BadRequest", message);
}
