import { describe, expect, test } from "vitest";
import { objectFromProtobuf } from "../../../src/api/protobuf/object-from-protobuf.ts";

type Field = readonly [number: number, value: number | string | Buffer | readonly Field[]];

function varint(value: number): Buffer {
  return value < 0x80
    ? Buffer.from([value])
    : Buffer.concat([Buffer.from([(value & 0x7f) | 0x80]), varint(Math.floor(value / 128))]);
}

function message(...fields: readonly Field[]): Buffer {
  const parts = fields.flatMap(([number, value]) => {
    if (typeof value === "number") return [varint(number * 8), varint(value)];
    const bytes =
      typeof value === "string" || Buffer.isBuffer(value) ? Buffer.from(value as string) : message(...value);
    return [varint(number * 8 + 2), varint(bytes.length), bytes];
  });
  return Buffer.concat(parts);
}

function sent(apiVersion: string, kind: string, ...fields: readonly Field[]): object {
  return objectFromProtobuf(
    Buffer.concat([
      Buffer.from("k8s\0"),
      message(
        [
          1,
          [
            [1, apiVersion],
            [2, kind],
          ],
        ],
        [2, message(...fields)],
      ),
    ]),
  );
}

describe("an object in protobuf", () => {
  test("has its maps, lists, times, bytes and quantities as JSON has them", () => {
    const container: Field = [
      2,
      [
        [1, "main"],
        [2, "x:1"],
        [4, "a"],
        [4, "b"],
        [
          8,
          [
            [
              1,
              [
                [1, "cpu"],
                [2, [[1, "500m"]]],
              ],
            ],
          ],
        ],
        [16, 0],
      ],
    ];
    expect(
      sent(
        "v1",
        "Pod",
        [
          1,
          [
            [1, "p"],
            [8, [[1, 1_767_225_600]]],
            [
              11,
              [
                [1, "app"],
                [2, "web"],
              ],
            ],
          ],
        ],
        [2, [container, [4, 0]]],
      ),
    ).toEqual({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", creationTimestamp: "2026-01-01T00:00:00Z", labels: { app: "web" } },
      spec: {
        containers: [{ name: "main", image: "x:1", args: ["a", "b"], resources: { limits: { cpu: "500m" } } }],
        terminationGracePeriodSeconds: 0,
      },
    });
    expect(
      sent("v1", "Secret", [
        2,
        [
          [1, "k"],
          [2, Buffer.from([0xff, 0])],
        ],
      ]),
    ).toEqual({ apiVersion: "v1", kind: "Secret", data: { k: "/wA=" } });
    expect(
      sent("v1", "Event", [
        10,
        [
          [1, 1_767_225_600],
          [2, 1_500_000],
        ],
      ]),
    ).toMatchObject({ eventTime: "2026-01-01T00:00:00.001500Z" });
  });

  test("keeps a zero that was said, and leaves out one that Go always writes", () => {
    expect(
      sent("apps/v1", "Deployment", [
        2,
        [
          [1, 0],
          [5, 0],
        ],
      ]),
    ).toMatchObject({ spec: { replicas: 0 } });
    expect(sent("apps/v1", "Deployment", [2, [[5, 0]]])).toMatchObject({ spec: {} });
  });

  test("has in one object what Go embeds", () => {
    const probe: Field = [
      10,
      [
        [
          1,
          [
            [
              2,
              [
                [1, "/ok"],
                [
                  2,
                  [
                    [1, 0],
                    [2, 8080],
                  ],
                ],
              ],
            ],
          ],
        ],
        [4, 5],
        [3, 0],
      ],
    ];
    expect(
      sent("v1", "Pod", [
        2,
        [
          [2, [[1, "main"], probe]],
          [
            1,
            [
              [1, "v"],
              [2, [[2, []]]],
            ],
          ],
        ],
      ]),
    ).toMatchObject({
      spec: {
        containers: [{ livenessProbe: { httpGet: { path: "/ok", port: 8080 }, periodSeconds: 5 } }],
        volumes: [{ name: "v", emptyDir: {} }],
      },
    });
  });

  test.each([Buffer.from("{}"), Buffer.from("k8s\0\x0a\xff", "latin1"), Buffer.from("k8s\0\x0b", "latin1")])(
    "that is none is refused",
    (bytes) => {
      expect(() => objectFromProtobuf(bytes)).toThrow(RangeError);
    },
  );
});
