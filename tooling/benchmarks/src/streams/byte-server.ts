/*
 * A server that gives, takes or returns bytes, as the first line of a connection says: `out`, `in <bytes>` or `echo`. It prints its
 * port. With the path of a PEM file of a key and its certificate it speaks TLS: what streams are compared with. Without, it is what
 * runs in a pod.
 */
import { readFileSync } from "node:fs";
import { type AddressInfo, type Socket, createServer } from "node:net";
import { createServer as createTlsServer } from "node:tls";

const chunk = Buffer.alloc(64 * 1024);

function serve(socket: Socket): void {
  socket.on("error", () => {});
  socket.once("data", (first: Buffer) => {
    const end = first.indexOf("\n");
    const [what, count] = first.toString("utf8", 0, end).split(" ");
    const rest = first.subarray(end + 1);
    if (what === "out") give(socket);
    if (what === "in") take(socket, Number(count) - rest.length);
    if (what === "echo") {
      socket.write(rest);
      socket.pipe(socket);
    }
  });
}

function give(socket: Socket): void {
  const more = (): void => {
    while (socket.writable && socket.write(chunk));
  };
  socket.on("drain", more).resume();
  more();
}

function take(socket: Socket, count: number): void {
  let left = count;
  socket.on("data", (bytes: Buffer) => {
    left -= bytes.length;
    if (left <= 0) socket.write("done");
  });
}

const [pem] = process.argv.slice(2);
const text = pem === undefined ? "" : readFileSync(pem, "utf8");
const server = pem === undefined ? createServer(serve) : createTlsServer({ key: text, cert: text }, serve);
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
