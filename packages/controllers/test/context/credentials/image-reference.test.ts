import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { imageReference } from "../../../src/context/credentials/image-reference.ts";

const sha = `sha256:${"0123456789abcdef".repeat(4)}`;

describe("the name of an image", () => {
  test.each([
    ["nginx", "docker.io", "library/nginx", "latest"],
    ["nginx:1.27", "docker.io", "library/nginx", "1.27"],
    ["bitnami/nginx", "docker.io", "bitnami/nginx", "latest"],
    ["docker.io/nginx", "docker.io", "library/nginx", "latest"],
    ["index.docker.io/nginx", "docker.io", "library/nginx", "latest"],
    ["docker.io/library/nginx:a_B.c-1", "docker.io", "library/nginx", "a_B.c-1"],
    ["registry.example/team/app:v1", "registry.example", "team/app", "v1"],
    ["registry.example:5000/app", "registry.example:5000", "app", "latest"],
    ["localhost/app", "localhost", "app", "latest"],
    ["localhost:5000/app:1", "localhost:5000", "app", "1"],
    ["10.0.0.1:5000/a/b/c", "10.0.0.1:5000", "a/b/c", "latest"],
    ["[fd00::1]:5000/app:1", "[fd00::1]:5000", "app", "1"],
    ["UPPER/app", "UPPER", "app", "latest"],
    ["host/app", "docker.io", "host/app", "latest"],
    ["a__b/c-d/e.f--g", "docker.io", "a__b/c-d/e.f--g", "latest"],
    ["app:5000", "docker.io", "library/app", "5000"],
  ])("%s is of %s, %s, %s", (image, registry, repository, tag) => {
    expect(imageReference(image)).toEqual({ registry, repository, tag });
  });

  test("may have a digest, and then needs no tag", () => {
    const parts = { registry: "registry.example", repository: "app", digest: sha };
    expect(imageReference(`registry.example/app@${sha}`)).toEqual(parts);
    expect(imageReference(`registry.example/app:v1@${sha}`)).toEqual({ ...parts, tag: "v1" });
  });

  test.each([
    "",
    "/app",
    "app/",
    "a//b",
    "App",
    "app:",
    "app:.1",
    `app:${"a".repeat(129)}`,
    "app@sha256:abc",
    `app@${sha}@${sha}`,
    "-a.example/app",
    "registry.example/App",
    "registry.example:port/app",
    "a b",
    "app\n",
    "https://registry.example/app",
    "user:password@registry.example/app",
    "a".repeat(256),
    "0".repeat(64),
  ])("is not %j", (image) => {
    expect(imageReference(image)).toBeUndefined();
  });

  test("written out names the same image", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "A", "1", ".", "-", "_", "/", ":", "@", "[", "]") });
    fc.assert(
      fc.property(fc.oneof(text, fc.string()), (image) => {
        const reference = imageReference(image);
        if (!reference) return;
        const { registry, repository, tag, digest } = reference;
        const written = `${registry}/${repository}${tag ? `:${tag}` : ""}${digest ? `@${digest}` : ""}`;
        expect(imageReference(written)).toEqual(reference);
      }),
      { numRuns: 1_000 },
    );
  });
});
