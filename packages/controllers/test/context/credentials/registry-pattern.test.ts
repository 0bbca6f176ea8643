import { describe, expect, test } from "vitest";
import { imageReference } from "../../../src/context/credentials/image-reference.ts";
import { bySpecificity, isFor, registryPattern } from "../../../src/context/credentials/registry-pattern.ts";

function isForImage(key: string, image: string): boolean {
  const reference = imageReference(image);
  if (!reference) throw new Error(`"${image}" is no image`);
  return isFor(registryPattern(key), reference);
}

describe("a key of a pull secret", () => {
  test.each([
    ["registry.example", "registry.example/app"],
    ["https://registry.example", "registry.example/app"],
    ["http://registry.example/", "registry.example/app"],
    ["https://registry.example/v1/", "registry.example/app"],
    ["https://registry.example/v2/", "registry.example/app"],
    ["registry.example/v2", "registry.example/app"],
    ["https://user:password@registry.example/v1/", "registry.example/app"],
    ["registry.example:5000", "registry.example:5000/app"],
    ["https://registry.example:5000/v1/", "registry.example:5000/app"],
    ["[fd00::1]:5000", "[fd00::1]:5000/app"],
    ["registry.example/team", "registry.example/team/app"],
    ["registry.example/team/", "registry.example/team/app"],
    ["registry.example/team", "registry.example/teams/app"],
    ["https://registry.example/v1/team", "registry.example/team/app"],
    ["registry.example/team/app", "registry.example/team/app:v1"],
    ["*.example", "registry.example/app"],
    ["reg*.example", "registry.example/app"],
    ["*", "localhost/app"],
    ["*.*.example", "a.b.example/app"],
    ["*.example:5000/team", "registry.example:5000/team/app"],
    ["r?gistry.example", "registry.example/app"],
    ["*e*i*t*.example", "registry.example/app"],
    ["docker.io", "nginx"],
    ["https://index.docker.io/v1/", "nginx"],
    ["index.docker.io", "docker.io/library/nginx"],
    ["https://registry-1.docker.io/v2/", "bitnami/nginx"],
    ["docker.io/bitnami", "bitnami/nginx"],
    ["https://index.docker.io/v1/bitnami", "bitnami/nginx"],
    ["docker.io/library/nginx", "nginx"],
  ])("%s is for %s", (key, image) => {
    expect(isForImage(key, image)).toBe(true);
  });

  test.each([
    ["registry.example", "other.example/app"],
    ["registry.example", "registry.example:5000/app"],
    ["registry.example:5000", "registry.example/app"],
    ["registry.example:5000", "registry.example:5001/app"],
    ["registry.example/team", "registry.example/other/app"],
    ["registry.example/team/", "registry.example/teams/app"],
    ["registry.example", "registry.example.evil/app"],
    ["registry.example", "my.registry.example/app"],
    ["*.example", "a.b.example/app"],
    ["*.example", "example/app:1"],
    ["*.example", "registry.examples/app"],
    ["example", "registry.example/app"],
    ["*", "registry.example/app"],
    ["registry.*:*", "registry.example:5000/app"],
    ["*.docker.io", "nginx"],
    ["docker.io/bitnami", "nginx"],
    ["registry.example/v12", "registry.example/app"],
    ["", "nginx"],
    ["r?gistry.example", "rgistry.example/app"],
  ])("%s is not for %s", (key, image) => {
    expect(isForImage(key, image)).toBe(false);
  });

  test("comes before one that says less", () => {
    const keys = ["*.example", "r*.example", "registry.example", "registry.example/team", "registry.example/team/app"];
    const patterns = keys.map(registryPattern);
    expect(patterns.toSorted(bySpecificity)).toEqual(patterns.toReversed());
  });

  test("that has the default registry's own name comes before those with its others", () => {
    const keys = [
      "docker.io/bitnami",
      "docker.io",
      "*.io",
      "registry-1.docker.io/bitnami",
      "https://index.docker.io/v1/",
    ];
    const patterns = keys.map(registryPattern);
    expect(patterns.toReversed().toSorted(bySpecificity)).toEqual(patterns);
  });

  test("with many stars takes no time", () => {
    const key = `${"*a".repeat(2_000)}b`;
    const image = `${"a".repeat(250)}:1/x`;
    const startedAt = performance.now();
    expect(isForImage(`${key}:1`, image)).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
